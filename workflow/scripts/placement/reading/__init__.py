"""What people read: findings, figures and pages."""
