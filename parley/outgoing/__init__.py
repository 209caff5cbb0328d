"""What goes out to addresses that users set: which are refused, how a request is sent, how it is signed."""
