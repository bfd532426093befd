"""The roster: thousands of people as a spreadsheet, in and out. Checked first, applied whole, readable again."""
