"""Outside learning claimed as continuing education (校外学习申报): rules by date, claims, and how each counted."""
