{
  // Instant navigation knows a page by its whole address in sitemap.xml, and so works at one address
  // only. This site may lie anywhere: addresses move to where we are. The shortest is the root's.
  const parse = DOMParser.prototype.parseFromString
  DOMParser.prototype.parseFromString = function (text, type) {
    const tree = parse.call(this, text, type)
    const places = type === "text/xml" ? [...tree.querySelectorAll("url > loc")] : []
    const root = Math.min(...places.map(place => place.textContent.length))
    for (const place of places) place.textContent = new URL("./" + place.textContent.slice(root), __md_scope)
    return tree
  }

  // It assigns every href to itself, at which SVG's <use> throws, and navigation with it.
  const {get} = Object.getOwnPropertyDescriptor(SVGUseElement.prototype, "href")
  Object.defineProperty(SVGUseElement.prototype, "href", {get, set() {}})

  // And at which every style sheet is fetched and applied once more. The sheets of this document stay as they are written; those of a page
  // that it brings in are written as ours are, by which it knows the same one.
  const sheet = Object.getOwnPropertyDescriptor(HTMLLinkElement.prototype, "href")
  const ours = new Map()
  Object.defineProperty(HTMLLinkElement.prototype, "href", {
    ...sheet,
    set(address) {
      const same = ours.get(address)
      const isUsed = this.rel === "stylesheet" && !this.hasAttribute("disabled")
      if (isUsed && this.isConnected && this.ownerDocument === document && sheet.get.call(this) === address) ours.set(address, this)
      else sheet.set.call(this, isUsed && same && same.isConnected ? same.getAttribute("href") : address)
    },
  })

  // Its script holds nothing up: it comes when it comes (main.html), and only then does to the page, in one go, all that it does when a
  // page has been read. On a slow phone either is felt, and both at once too much, so each has its turn. Whoever wants to hear of
  // pages that follow may ask before it is there.
  const waiting = []
  let theirs = null
  Object.defineProperty(window, "document$", {
    get: () => theirs || {subscribe: hear => waiting.push(hear)},
    set(given) {
      theirs = given
      for (const hear of waiting.splice(0)) given.subscribe(hear)
    },
  })
  const {addEventListener: listen} = document
  document.addEventListener = function (type, then, options) {
    const inTurn = event => setTimeout(then, 0, event)
    if (type !== "DOMContentLoaded") listen.call(this, type, then, options)
    else if (document.readyState === "loading") listen.call(this, type, inTurn, options)
    else inTurn()
  }
  // What waits for it is in its place from the start: nothing moves. The second class it gives the root when it comes, and a root that
  // gets a class then is styled anew with all that is in it.
  document.documentElement.className = "js js-focus-visible"
  document.documentElement.dataset.jsFocusVisible = ""

  // So is a page that is told its colour scheme in its head. It is told in our style sheet (wreck.css): what the theme would tell is kept
  // out of the page.
  const {head} = document
  head.appendChild = node => node.name === "color-scheme" ? node : Node.prototype.appendChild.call(head, node)

  // Search loads its worker and its index, which grows with the site, on every page: a fifth of its
  // weight. They wait for the first reader who goes to the field.
  const sought = new Promise(resolve => addEventListener("focusin", ({target}) => target.name === "query" && resolve()))
  const {open, send} = XMLHttpRequest.prototype
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    this.waits = String(url).endsWith("search/search_index.json")
    open.call(this, method, url, ...rest)
  }
  XMLHttpRequest.prototype.send = function (body) {
    if (this.waits) sought.then(() => send.call(this, body))
    else send.call(this, body)
  }
  const Worker = window.Worker
  window.Worker = class extends EventTarget {
    constructor(url, options) {
      // Any other than the search's own starts at once, and is the browser's.
      if (!/\/workers\/search\./.test(url)) return new Worker(url, options)
      super()
      // Before the reader has gone to a page that lies deeper.
      const address = new URL(url, location)
      this.started = sought.then(() => {
        const worker = new Worker(address)
        worker.addEventListener("message", ({data}) => this.dispatchEvent(new MessageEvent("message", {data})))
        return worker
      })
    }
    postMessage(message) { this.started.then(worker => worker.postMessage(message)) }
  }

  // A page's style sheets are its own; those of other pages come when its reader first reaches out, so that
  // a page brought in by instant navigation finds its own there.
  const reached = new Promise(resolve => {
    for (const sign of ["pointerover", "touchstart", "focusin", "keydown"]) addEventListener(sign, resolve, {once: true, passive: true})
  })
  const enable = () => document.head.querySelectorAll("link[disabled]").forEach(link => link.removeAttribute("disabled"))
  document$.subscribe(() => reached.then(enable))

  // A link within its page leads there and no further. Instant navigation takes the first such for a page that it has yet to fetch, brings
  // the same one in anew, and whatever came alive on it is gone.
  let shown = location.pathname
  addEventListener("popstate", event => { if (location.pathname === shown) event.stopImmediatePropagation() })
  document$.subscribe(() => { shown = location.pathname })
}
