//! Ctrl-C as the wish to stop.

/// A training that listens to Ctrl-C for as long as this lives.
pub(super) struct Interrupt {
    #[cfg(feature = "ctrl-c")]
    listening: Option<signal::Listening>,
}

impl Interrupt {
    pub(super) const fn none() -> Self {
        Self {
            #[cfg(feature = "ctrl-c")]
            listening: None,
        }
    }

    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            #[cfg(feature = "ctrl-c")]
            listening: Some(signal::Listening::new()?),
        })
    }

    /// Whether Ctrl-C was pressed.
    #[inline]
    pub(super) fn is_requested(&self) -> bool {
        #[cfg(feature = "ctrl-c")]
        if let Some(listening) = &self.listening {
            return listening.is_requested();
        }
        false
    }
}

#[cfg(feature = "ctrl-c")]
mod signal {
    use core::sync::atomic::{AtomicBool, Ordering};
    use std::io;
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

    use signal_hook::consts::SIGINT;
    use signal_hook::flag;

    /// The handler, of which a program has one: trainings in several threads stop together.
    struct Handler {
        /// How many trainings listen. Without any, Ctrl-C ends the program as if there were no handler.
        listening: usize,
        requested: Arc<AtomicBool>,
        /// Whether the next Ctrl-C ends the program.
        at_once: Arc<AtomicBool>,
    }

    static HANDLER: Mutex<Option<Handler>> = Mutex::new(None);

    fn handler() -> MutexGuard<'static, Option<Handler>> {
        HANDLER.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) struct Listening {
        requested: Arc<AtomicBool>,
    }

    impl Listening {
        pub(super) fn new() -> io::Result<Self> {
            let mut handler = handler();
            if handler.is_none() {
                let (requested, at_once) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(true)));
                // They run in this order: the first Ctrl-C finds `at_once` as it was before.
                flag::register_conditional_default(SIGINT, Arc::clone(&at_once))?;
                flag::register(SIGINT, Arc::clone(&requested))?;
                flag::register(SIGINT, Arc::clone(&at_once))?;
                *handler = Some(Handler { listening: 0, requested, at_once });
            }
            let Some(handler) = handler.as_mut() else { return Err(io::ErrorKind::Other.into()) };
            if handler.listening == 0 {
                handler.requested.store(false, Ordering::SeqCst);
                handler.at_once.store(false, Ordering::SeqCst);
            }
            handler.listening += 1;
            Ok(Self { requested: Arc::clone(&handler.requested) })
        }

        #[inline]
        pub(super) fn is_requested(&self) -> bool {
            self.requested.load(Ordering::Relaxed)
        }
    }

    impl Drop for Listening {
        fn drop(&mut self) {
            if let Some(handler) = handler().as_mut() {
                handler.listening -= 1;
                if handler.listening == 0 {
                    handler.at_once.store(true, Ordering::SeqCst);
                }
            }
        }
    }
}
