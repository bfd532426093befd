"""The inbox, and the channels by which messages leave the site."""
