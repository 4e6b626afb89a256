"""What is decided about deliveries and notices on plain values, before anything is written. Pure."""
