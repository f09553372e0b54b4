"""What a user would pick instead, asked the same questions: one module per library, each answer checked."""
