"""The order of the whole suite."""


def pytest_collection_modifyitems(items):
    """Run the browser's tests last: it lives until the session ends, and tests of the stack assert that we have no process left."""
    items.sort(key=lambda item: "tests/browser/" in item.path.as_posix())
