def wrecked():
    return "rust"


def painted():
    return "paint"
