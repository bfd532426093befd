"""Cultivation plans (培养计划): what somebody with a term in a programme sets out to do, with a mentor."""
