"""Tuition of in-service degree study (在职学历教育学费报销): studies agreed, vouchers claimed once, service owed."""
