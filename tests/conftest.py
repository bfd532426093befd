"""The suite. Fixtures come from the plugins that are shipped to plugin authors too."""

pytest_plugins = ["lms.testing.plugin", "lms.testing.browser"]
