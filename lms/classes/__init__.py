"""Class groups: who has a seat, when they meet, who was there, what they hand in, who graduates."""
