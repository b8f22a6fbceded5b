//! The one thread pool.

use rayon::prelude::*;

/// Runs independent parts side by side and returns their results in the order of the parts.
#[derive(Debug)]
pub struct Workers {
    pool: Option<rayon::ThreadPool>,
}

/// The operating system refused to start threads.
#[derive(Debug, thiserror::Error)]
#[error("cannot start {threads} worker threads: {source}")]
pub struct WorkersError {
    threads: usize,
    source: rayon::ThreadPoolBuildError,
}

impl Workers {
    /// A pool of `threads` threads; one thread means that everything runs on the caller's.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub fn new(threads: usize) -> Result<Self, WorkersError> {
        let pool = if threads <= 1 {
            None
        } else {
            Some(
                rayon::ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .build()
                    .map_err(|source| WorkersError { threads, source })?,
            )
        };
        Ok(Self { pool })
    }

    /// How many threads work.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.pool
            .as_ref()
            .map_or(1, rayon::ThreadPool::current_num_threads)
    }

    /// Applies `work` to every part; result `i` belongs to part `i`, whoever computed it.
    pub fn map<P: Send, R: Send>(&self, parts: Vec<P>, work: impl Fn(P) -> R + Sync) -> Vec<R> {
        match &self.pool {
            Some(pool) if parts.len() > 1 => {
                pool.install(|| parts.into_par_iter().with_max_len(1).map(&work).collect())
            }
            _ => parts.into_iter().map(work).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_their_order_for_any_number_of_threads() {
        for threads in [1, 2, 8] {
            let workers = Workers::new(threads).unwrap();
            assert_eq!(workers.threads(), threads);
            let squares = workers.map((0..1000_u64).collect(), |x| x * x);
            assert_eq!(squares, (0..1000_u64).map(|x| x * x).collect::<Vec<_>>());
        }
    }
}
