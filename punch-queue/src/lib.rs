//! A durable, deduplicating outbox for punches.
