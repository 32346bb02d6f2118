/* Python's random.Random(seed).random, bit for bit: the Mersenne Twister with 53 bits a draw
   (Matsumoto and Nishimura, "Mersenne Twister", 1998, and init_by_array of 2002). So the page's dice are the evidence's. */
"use strict";

const SIZE = 624, FAR = 397;

/** The generator's state as Python seeds it with a whole number from 0 below 2 ** 53. */
function seeded(seed) {
  const key = seed < 2 ** 32 ? [seed] : [seed % 2 ** 32, Math.floor(seed / 2 ** 32)];
  const state = new Uint32Array(SIZE);
  state[0] = 19650218;
  for (let i = 1; i < SIZE; i++) state[i] = Math.imul(state[i - 1] ^ (state[i - 1] >>> 30), 1812433253) + i;
  let at = 1;
  const step = () => { if (++at >= SIZE) { state[0] = state[SIZE - 1]; at = 1; } };
  for (let k = 0; k < Math.max(SIZE, key.length); k++) {
    const j = k % key.length;
    state[at] = (state[at] ^ Math.imul(state[at - 1] ^ (state[at - 1] >>> 30), 1664525)) + key[j] + j;
    step();
  }
  for (let k = 1; k < SIZE; k++) {
    state[at] = (state[at] ^ Math.imul(state[at - 1] ^ (state[at - 1] >>> 30), 1566083941)) - at;
    step();
  }
  state[0] = 0x80000000;
  return state;
}

/** A function that returns the next number of the sequence, from 0 below 1. */
export function random(seed) {
  const state = seeded(seed);
  let at = SIZE;

  function renew() {
    for (let i = 0; i < SIZE; i++) {
      const joined = (state[i] & 0x80000000) | (state[(i + 1) % SIZE] & 0x7fffffff);
      state[i] = state[(i + FAR) % SIZE] ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
    }
    at = 0;
  }

  function bits() {
    if (at >= SIZE) renew();
    let y = state[at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  return () => {
    const high = bits() >>> 5; // first: it is drawn first
    return (high * 67108864 + (bits() >>> 6)) / 9007199254740992;
  };
}
