"""What was measured apart from any wreck, in words and in numbers; its drawings are in ``drawings/``."""
