"""The pages that show the chat: the loader, the frame, and the demo shop around them."""
