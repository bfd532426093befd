"""The shell: home, sign-in pages, navigation, static files."""
