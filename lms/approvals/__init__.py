"""Approval chains along the management tree, public notices and objections."""
