# Is the nonlinear part worth having?

evaluate.skiplayer <- function(x, folds = 10, repeats = NULL, rope = 0.01, level = 0.9, learning_curve = FALSE,
                               max_seconds = Inf, n_threads = NULL, verbose = interactive(), ...) {
  refuse_dots(..., .of = "evaluate.skiplayer", .method = evaluate.skiplayer)
  data <- fitted_table(x)
  run <- checked(.Call(
    C_Run_evaluate, pointer_of(x), data$columns, data$roles, evaluation_options(folds, repeats, rope, level, learning_curve),
    threads(n_threads), seconds(max_seconds)
  ))
  x <- with_model(x, wait_for(run, truth("verbose", verbose)))
  tell_warnings(x$record$evaluation$warnings)
  x
}
