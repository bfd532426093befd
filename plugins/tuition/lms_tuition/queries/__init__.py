"""Reading: schemes, studies with their agreements and recalls, claims with their vouchers, officers' lists."""
