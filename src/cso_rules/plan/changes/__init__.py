"""The smallest changes of what is known after which an answer is another one."""
