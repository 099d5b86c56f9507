"""Checks V1-V10: the same machine pointed at arms whose answer is known (METHODS section 8)."""
