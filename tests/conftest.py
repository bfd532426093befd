"""The suite. Fixtures come from the plugin that is shipped to plugin authors too."""

pytest_plugins = ["lms.testing.plugin", "pytester"]
