"""One person's calendar: what the rooms put into it, a page for the phone, and a feed for calendar programs."""
