"""What people look at: pages made of published rows."""
