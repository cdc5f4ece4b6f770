//! SciPy: sparse matrices, splines, interpolants and special functions by name.

use super::{Actions, Row};

const CLASS: Actions = Actions::CLASS;
const DICT_CLASS: Actions = Actions::CLASS.and(Actions::CALL).and(Actions::ITEMS);

pub(super) const TABLE: &[Row] = &[
    ("scipy.sparse._csr", CLASS, "csr_matrix csr_array"),
    ("scipy.sparse._csc", CLASS, "csc_matrix csc_array"),
    ("scipy.sparse._coo", CLASS, "coo_matrix coo_array"),
    ("scipy.sparse._bsr", CLASS, "bsr_matrix bsr_array"),
    ("scipy.sparse._dia", CLASS, "dia_matrix dia_array"),
    ("scipy.sparse._lil", CLASS, "lil_matrix lil_array"),
    ("scipy.sparse._dok", DICT_CLASS, "dok_matrix dok_array"),
    ("scipy.sparse._arrays", CLASS, "csr_array csc_array coo_array bsr_array dia_array lil_array"),
    ("scipy.sparse._arrays", DICT_CLASS, "dok_array"),
    ("scipy.sparse.csr", CLASS, "csr_matrix"),
    ("scipy.sparse.csc", CLASS, "csc_matrix"),
    ("scipy.sparse.coo", CLASS, "coo_matrix"),
    ("scipy.sparse.bsr", CLASS, "bsr_matrix"),
    ("scipy.sparse.dia", CLASS, "dia_matrix"),
    ("scipy.sparse.lil", CLASS, "lil_matrix"),
    ("scipy.sparse.dok", DICT_CLASS, "dok_matrix"),
    ("scipy.interpolate._bsplines", CLASS, "BSpline _BSpline"),
    ("scipy.interpolate._interpolate", CLASS, "PPoly interp1d"),
    ("scipy.interpolate.interpolate", CLASS, "PPoly interp1d"),
    ("scipy.interpolate._cubic", CLASS, "CubicSpline PchipInterpolator Akima1DInterpolator"),
    (
        "scipy.special._ufuncs",
        Actions::NAME,
        "boxcox boxcox1p cbrt entr erf erfc erfinv exp10 exp2 expit expm1 gammaln \
        inv_boxcox inv_boxcox1p log1p log_expit logit ndtr ndtri rel_entr xlog1py xlogy",
    ),
    ("scipy._lib.array_api_compat.numpy", Actions::NAME, "asarray"),
    ("scipy._lib.array_api_compat.numpy._aliases", Actions::NAME, "asarray"),
];
