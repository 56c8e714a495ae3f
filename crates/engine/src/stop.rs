//! The wish to end, shared between a face and the work it started.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Asks the work to end soon and cleanly. Clones share the request.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    is_requested: AtomicBool,
    wake: tokio::sync::Notify,
    parent: Option<Stop>,
}

impl Stop {
    /// A request of a part, which also ends when the whole does.
    pub fn of_part(&self) -> Self {
        Self(Arc::new(Inner {
            parent: Some(self.clone()),
            ..Inner::default()
        }))
    }

    /// Asks for the end.
    pub fn request(&self) {
        self.0.is_requested.store(true, Ordering::SeqCst);
        self.0.wake.notify_one();
    }

    /// Whether the end was asked for.
    pub fn is_requested(&self) -> bool {
        let is_ours = self.0.is_requested.load(Ordering::SeqCst);
        is_ours || self.0.parent.as_ref().is_some_and(Self::is_requested)
    }

    /// Waits until the end is asked for.
    pub(crate) async fn requested(&self) {
        if !self.is_requested() {
            self.0.wake.notified().await;
        }
    }
}
