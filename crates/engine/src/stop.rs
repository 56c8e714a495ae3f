//! The wish to end, shared between a face and the work it started.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Asks the work to end soon and cleanly. Clones share the request.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<(AtomicBool, tokio::sync::Notify)>);

impl Stop {
    /// Asks for the end.
    pub fn request(&self) {
        self.0.0.store(true, Ordering::SeqCst);
        self.0.1.notify_one();
    }

    /// Whether the end was asked for.
    pub fn is_requested(&self) -> bool {
        self.0.0.load(Ordering::SeqCst)
    }

    /// Waits until the end is asked for.
    pub(crate) async fn requested(&self) {
        if !self.is_requested() {
            self.0.1.notified().await;
        }
    }
}
