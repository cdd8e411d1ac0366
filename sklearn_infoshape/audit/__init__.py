"""How a release is judged: fresh attackers on fresh rows, certificates, the report."""
