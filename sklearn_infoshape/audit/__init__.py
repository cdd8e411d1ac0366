"""How a release is judged: fresh attackers on fresh rows, and scorers made of them."""
