//! Work of file libraries, which check most of what they read and assert the rest.
//!
//! A damaged file is an error, whichever of the two finds it: a panic of such a library ends here, and prints nothing.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Sync + Send>;

thread_local! {
    /// Whether this thread is inside of [`guarded`].
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// What `work` gives, or `None` if it panics.
///
/// The first call wraps the hook that prints panics: it hears no more of those in here, and of all others as before.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    static WRAPPED: Once = Once::new();
    WRAPPED.call_once(|| panic::set_hook(unless_guarded(panic::take_hook())));
    let outside = IS_GUARDED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work)).ok();
    IS_GUARDED.set(outside);
    result
}

fn unless_guarded(hook: Hook) -> Hook {
    Box::new(move |panic| {
        // A thread that is ending has no such variable any more.
        if !IS_GUARDED.try_with(Cell::get).unwrap_or(false) {
            hook(panic);
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const WORDS: &str = "a damaged file";

    #[test]
    fn a_panic_of_a_file_library_prints_nothing() {
        static HEARD: AtomicUsize = AtomicUsize::new(0);
        // Other tests may panic meanwhile, in other words.
        let hear = |panic: &PanicHookInfo<'_>| {
            let is_ours = panic.payload().downcast_ref::<&str>() == Some(&WORDS);
            HEARD.fetch_add(usize::from(is_ours), Ordering::Relaxed);
        };
        panic::set_hook(unless_guarded(Box::new(hear)));
        let panics = || panic::panic_any(WORDS);
        assert_eq!(guarded(|| guarded(panics).is_none()), Some(true));
        assert_eq!(guarded(panics), None);
        assert_eq!(HEARD.load(Ordering::Relaxed), 0);
        assert!(panic::catch_unwind(panics).is_err());
        assert_eq!((guarded(|| 7), HEARD.load(Ordering::Relaxed)), (Some(7), 1));
    }
}
