"""What an audit found, told: verdict, tables, text, pages and pictures."""
