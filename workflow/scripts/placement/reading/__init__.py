"""What people read: the findings, their page and the figures."""
