"""What a worker can do: one file per kind of work; runs only inside a worker process."""
