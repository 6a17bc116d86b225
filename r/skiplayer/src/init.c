/* The border between R and Rust: an error comes back as a tagged pointer, and only here does R jump out of the call, when no frame of
   Rust is left. See savvy's guide, "error handling". */

#include <stdint.h>
#include <R.h>
#include <Rinternals.h>
#include <R_ext/Rdynload.h>
#include <R_ext/Visibility.h>

static const uintptr_t ERROR_TAG = 1;

static SEXP handled(SEXP result) {
    uintptr_t address = (uintptr_t) result;
    if ((address & ERROR_TAG) == 0) {
        return result;
    }
    SEXP what = (SEXP) (address & ~ERROR_TAG);
    if (TYPEOF(what) == CHARSXP) {
        Rf_errorcall(R_NilValue, "%s", CHAR(what));
    }
    R_ContinueUnwind(what);
    return R_NilValue; /* not reached */
}

/* A function of Rust, and the one that R calls. */
#define BORDER(name, parameters, arguments)                                     \
    SEXP savvy_##name##__ffi parameters;                                        \
    static SEXP name parameters { return handled(savvy_##name##__ffi arguments); }

BORDER(Run_fit, (SEXP a, SEXP b, SEXP c, SEXP d, SEXP e, SEXP f, SEXP g), (a, b, c, d, e, f, g))
BORDER(Run_evaluate, (SEXP a, SEXP b, SEXP c, SEXP d, SEXP e, SEXP f), (a, b, c, d, e, f))
BORDER(Run_wait, (SEXP a, SEXP b), (a, b))
BORDER(Run_stop, (SEXP a), (a))
BORDER(Run_join, (SEXP a), (a))
BORDER(Model_of_bytes, (SEXP a, SEXP b), (a, b))
BORDER(Model_bytes, (SEXP a), (a))
BORDER(Model_record, (SEXP a), (a))
BORDER(Model_predict, (SEXP a, SEXP b, SEXP c), (a, b, c))
BORDER(Model_link, (SEXP a, SEXP b, SEXP c), (a, b, c))
BORDER(Model_survival, (SEXP a, SEXP b, SEXP c), (a, b, c))
BORDER(Model_interval, (SEXP a, SEXP b, SEXP c, SEXP d), (a, b, c, d))
BORDER(Model_explain, (SEXP a, SEXP b, SEXP c), (a, b, c))
BORDER(Model_effects, (SEXP a, SEXP b, SEXP c, SEXP d), (a, b, c, d))
BORDER(Model_covariance, (SEXP a, SEXP b, SEXP c), (a, b, c))
BORDER(Model_log_likelihood, (SEXP a, SEXP b, SEXP c), (a, b, c))
BORDER(Model_features, (SEXP a, SEXP b), (a, b))
BORDER(Model_nnet, (SEXP a), (a))
BORDER(curvature_of, (SEXP a, SEXP b, SEXP c, SEXP d), (a, b, c, d))
BORDER(is_model, (SEXP a), (a))

/* Listens for Ctrl-C while a fit runs beside R. */
static SEXP check_interrupt(void) {
    R_CheckUserInterrupt();
    return R_NilValue;
}

/* Whether a pointer has lost what it pointed to: it came from another session. */
static SEXP is_lost(SEXP pointer) {
    return Rf_ScalarLogical(TYPEOF(pointer) != EXTPTRSXP || R_ExternalPtrAddr(pointer) == NULL);
}

#define ENTRY(name, n) { #name, (DL_FUNC) &name, n }

static const R_CallMethodDef ENTRIES[] = {
    ENTRY(Run_fit, 7),         ENTRY(Run_evaluate, 6),   ENTRY(Run_wait, 2),
    ENTRY(Run_stop, 1),        ENTRY(Run_join, 1),       ENTRY(Model_of_bytes, 2),
    ENTRY(Model_bytes, 1),     ENTRY(Model_record, 1),   ENTRY(Model_predict, 3),
    ENTRY(Model_link, 3),      ENTRY(Model_interval, 4), ENTRY(Model_explain, 3),
    ENTRY(Model_effects, 4),   ENTRY(Model_covariance, 3), ENTRY(Model_features, 2),
    ENTRY(Model_nnet, 1),      ENTRY(curvature_of, 4),   ENTRY(is_model, 1),
    ENTRY(check_interrupt, 0), ENTRY(is_lost, 1),        ENTRY(Model_log_likelihood, 3),
    ENTRY(Model_survival, 3),
    { NULL, NULL, 0 }
};

void attribute_visible R_init_skiplayer(DllInfo *dll) {
    R_registerRoutines(dll, NULL, ENTRIES, NULL, NULL);
    R_useDynamicSymbols(dll, FALSE);
    R_forceSymbols(dll, TRUE);
}
