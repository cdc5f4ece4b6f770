//! The table of estimators: for each class the functions that lower it. Adding an estimator is one function and one row.

use super::lowering::{Lowering, row};
use super::refused;
use super::{
    boosters, calibration, cluster, compose, covariance, decomposition, discriminant, dummy, ensemble,
    feature_extraction, gaussian_process, gradient_boosting, hist_boosting, impute, isotonic, kernel_approximation,
    kernel_ridge, linear, manifold, meta, mixture, multiclass, multioutput, naive_bayes, neighbors, neural_network,
    preprocessing, selection, semi_supervised, snowpark, svm, trees,
};

// The methods that several classes have in common, in the order in which they are shown.
const PROBABILITIES: &[&str] = &["predict", "predict_proba"];
const PROBABLE_CLASSES: &[&str] = &["predict", "predict_proba", "predict_log_proba"];
const SCORED_CLASSES: &[&str] = &["predict", "predict_proba", "predict_log_proba", "decision_function"];
const SELECTED: &[&str] = &["predict", "predict_proba", "predict_log_proba", "decision_function", "transform"];
const LEAVES_OF_CLASSES: &[&str] = &["predict", "predict_proba", "predict_log_proba", "apply"];
const MIXTURE: &[&str] = &["predict", "predict_proba", "score_samples"];
const BOOSTED_CLASSES: &[&str] = &["predict", "predict_proba", "apply", "predict_raw"];
const DECISIONS: &[&str] = &["predict", "decision_function"];
const OUTLIERS: &[&str] = &["predict", "decision_function", "score_samples"];
const PREDICT_AND_TRANSFORM: &[&str] = &["predict", "transform"];
const LEAVES: &[&str] = &["predict", "apply"];
const CATBOOST: &[&str] = &["predict", "calc_leaf_indexes", "predict_raw"];
const BOOSTER: &[&str] = &["predict", "apply", "predict_raw"];
const LATENT: &[&str] = &["predict", "predict_proba", "latent_mean_and_variance"];
const LIKELIHOODS: &[&str] = &["score_samples", "transform"];

/// Stands for every class of a package that has no row of its own.
pub const ANY_OTHER: &str = "(any other)";

/// Every estimator that can be compiled.
pub static LOWERINGS: &[Lowering] = &[
    row("sklearn.pipeline", "Pipeline").delegates(compose::pipeline::delegate).with_inputs(compose::pipeline::inputs),
    row("sklearn.pipeline", "FeatureUnion").transforms(compose::union::transform).with_inputs(compose::union::inputs),
    row("sklearn.compose", "ColumnTransformer")
        .transforms(compose::columns::transform)
        .refuses(&[refused::COLUMN_TYPE]),
    row("sklearn.impute", "KNNImputer").transforms(impute::nearest::transform).refuses(&[refused::METRIC]),
    row("sklearn.impute", "SimpleImputer").transforms(impute::simple::transform),
    row("sklearn.impute", "IterativeImputer")
        .transforms(impute::iterative::transform)
        .refuses(&[refused::RANDOM_POSTERIOR]),
    row("sklearn.impute", "MissingIndicator").transforms(impute::indicator),
    row("sklearn.feature_extraction", "CountVectorizer")
        .transforms(feature_extraction::count)
        .with_inputs(feature_extraction::analyzer::inputs)
        .refuses(refused::OF_TEXTS),
    row("sklearn.feature_extraction", "TfidfVectorizer")
        .transforms(feature_extraction::tfidf_vectorizer)
        .with_inputs(feature_extraction::analyzer::inputs)
        .refuses(refused::OF_TEXTS),
    row("sklearn.feature_extraction", "TfidfTransformer").transforms(feature_extraction::tfidf),
    row("sklearn.feature_extraction", "HashingVectorizer")
        .transforms(feature_extraction::hashing)
        .with_inputs(feature_extraction::analyzer::inputs)
        .refuses(refused::OF_TEXTS),
    row("sklearn.feature_extraction", "DictVectorizer")
        .transforms(feature_extraction::dict)
        .with_inputs(feature_extraction::dict_inputs)
        .refuses(&[refused::COLUMN_TYPE]),
    row("sklearn.preprocessing", "StandardScaler").transforms(preprocessing::scale::standard),
    row("sklearn.preprocessing", "MinMaxScaler").transforms(preprocessing::scale::min_max),
    row("sklearn.preprocessing", "MaxAbsScaler").transforms(preprocessing::scale::max_abs),
    row("sklearn.preprocessing", "RobustScaler").transforms(preprocessing::scale::robust),
    row("sklearn.preprocessing", "OneHotEncoder").transforms(preprocessing::one_hot::transform),
    row("sklearn.preprocessing", "OrdinalEncoder").transforms(preprocessing::ordinal::transform),
    row("sklearn.preprocessing", "Normalizer").transforms(preprocessing::normalize::normalize),
    row("sklearn.preprocessing", "Binarizer").transforms(preprocessing::normalize::binarize),
    row("sklearn.preprocessing", "PolynomialFeatures")
        .transforms(preprocessing::polynomial::transform)
        .refuses(&[refused::DEGREE]),
    row("sklearn.preprocessing", "FunctionTransformer").transforms(preprocessing::function::transform).refuses(&[
        refused::TRANSFORMING_FUNCTION,
        refused::ARGUMENTS,
        refused::NO_COLUMNS,
    ]),
    row("sklearn.preprocessing", "KBinsDiscretizer").transforms(preprocessing::discretize::transform),
    row("sklearn.preprocessing", "PowerTransformer").transforms(preprocessing::power::transform),
    row("sklearn.preprocessing", "QuantileTransformer")
        .transforms(preprocessing::quantile::transform)
        .refuses(&[refused::SPARSE_QUANTILES]),
    row("sklearn.preprocessing", "SplineTransformer").transforms(preprocessing::spline::transform),
    row("sklearn.preprocessing", "LabelBinarizer")
        .transforms(preprocessing::label::binarize)
        .with_inputs(preprocessing::label::binarizer_inputs),
    row("sklearn.preprocessing", "LabelEncoder")
        .transforms(preprocessing::label::encode)
        .predicts(preprocessing::label::encode_all)
        .answers(&["transform"])
        .with_inputs(preprocessing::label::inputs),
    row("sklearn.preprocessing", "MultiLabelBinarizer")
        .transforms(preprocessing::label::binarize_sets)
        .with_inputs(preprocessing::label::set_inputs),
    row("sklearn.preprocessing", "KernelCenterer").transforms(preprocessing::kernel::transform),
    row("sklearn.preprocessing", "TargetEncoder").transforms(preprocessing::target::transform),
    row("sklearn.linear_model", "LinearRegression").predicts(linear::regression),
    row("sklearn.linear_model", "Ridge").predicts(linear::regression),
    row("sklearn.linear_model", "RidgeCV").predicts(linear::regression),
    row("sklearn.linear_model", "Lasso").predicts(linear::regression),
    row("sklearn.linear_model", "LassoCV").predicts(linear::regression),
    row("sklearn.linear_model", "ElasticNet").predicts(linear::regression),
    row("sklearn.linear_model", "ElasticNetCV").predicts(linear::regression),
    row("sklearn.linear_model", "Lars").predicts(linear::regression),
    row("sklearn.linear_model", "LarsCV").predicts(linear::regression),
    row("sklearn.linear_model", "LassoLars").predicts(linear::regression),
    row("sklearn.linear_model", "LassoLarsCV").predicts(linear::regression),
    row("sklearn.linear_model", "LassoLarsIC").predicts(linear::regression),
    row("sklearn.linear_model", "OrthogonalMatchingPursuit").predicts(linear::regression),
    row("sklearn.linear_model", "OrthogonalMatchingPursuitCV").predicts(linear::regression),
    row("sklearn.linear_model", "MultiTaskLasso").predicts(linear::regression),
    row("sklearn.linear_model", "MultiTaskLassoCV").predicts(linear::regression),
    row("sklearn.linear_model", "MultiTaskElasticNet").predicts(linear::regression),
    row("sklearn.linear_model", "MultiTaskElasticNetCV").predicts(linear::regression),
    row("sklearn.linear_model", "BayesianRidge").predicts(linear::regression),
    row("sklearn.linear_model", "ARDRegression").predicts(linear::regression),
    row("sklearn.linear_model", "HuberRegressor").predicts(linear::regression),
    row("sklearn.linear_model", "TheilSenRegressor").predicts(linear::regression),
    row("sklearn.linear_model", "QuantileRegressor").predicts(linear::regression),
    row("sklearn.linear_model", "SGDRegressor").predicts(linear::regression),
    row("sklearn.linear_model", "PassiveAggressiveRegressor").predicts(linear::regression),
    row("sklearn.svm", "LinearSVR").predicts(linear::regression),
    row("sklearn.linear_model", "PoissonRegressor").predicts(linear::glm::regression),
    row("sklearn.linear_model", "GammaRegressor").predicts(linear::glm::regression),
    row("sklearn.linear_model", "TweedieRegressor").predicts(linear::glm::regression),
    row("sklearn.linear_model", "RANSACRegressor").predicts(linear::ransac::regression),
    row("sklearn.linear_model", "LogisticRegression")
        .predicts(linear::classify::logistic_regression)
        .answers(SCORED_CLASSES),
    row("sklearn.linear_model", "LogisticRegressionCV")
        .predicts(linear::classify::logistic_regression)
        .answers(SCORED_CLASSES),
    row("sklearn.linear_model", "RidgeClassifier").predicts(linear::classify::ridge).answers(DECISIONS),
    row("sklearn.linear_model", "RidgeClassifierCV").predicts(linear::classify::ridge).answers(DECISIONS),
    row("sklearn.linear_model", "SGDClassifier")
        .predicts(linear::classify::stochastic_gradient)
        .answers(SCORED_CLASSES),
    row("sklearn.linear_model", "Perceptron").predicts(linear::classify::decision).answers(DECISIONS),
    row("sklearn.linear_model", "PassiveAggressiveClassifier").predicts(linear::classify::decision).answers(DECISIONS),
    row("sklearn.svm", "NuSVC")
        .predicts(svm::classify::classifier)
        .with_inputs(svm::inputs)
        .answers(SCORED_CLASSES)
        .refuses(&[refused::KERNEL]),
    row("sklearn.svm", "NuSVR").predicts(svm::regression).with_inputs(svm::inputs).refuses(&[refused::KERNEL]),
    row("sklearn.svm", "OneClassSVM")
        .predicts(svm::one_class)
        .with_inputs(svm::inputs)
        .answers(OUTLIERS)
        .refuses(&[refused::KERNEL]),
    row("sklearn.svm", "SVC")
        .predicts(svm::classify::classifier)
        .with_inputs(svm::inputs)
        .answers(SCORED_CLASSES)
        .refuses(&[refused::KERNEL]),
    row("sklearn.svm", "SVR").predicts(svm::regression).with_inputs(svm::inputs).refuses(&[refused::KERNEL]),
    row("sklearn.svm", "LinearSVC").predicts(linear::classify::decision).answers(DECISIONS),
    row("sklearn.linear_model", "SGDOneClassSVM").predicts(linear::outlier::one_class).answers(OUTLIERS),
    row("sklearn.naive_bayes", "BernoulliNB").predicts(naive_bayes::bernoulli).answers(PROBABLE_CLASSES),
    row("sklearn.naive_bayes", "CategoricalNB").predicts(naive_bayes::categorical).answers(PROBABLE_CLASSES),
    row("sklearn.naive_bayes", "ComplementNB").predicts(naive_bayes::complement).answers(PROBABLE_CLASSES),
    row("sklearn.naive_bayes", "GaussianNB").predicts(naive_bayes::gaussian).answers(PROBABLE_CLASSES),
    row("sklearn.naive_bayes", "MultinomialNB").predicts(naive_bayes::multinomial).answers(PROBABLE_CLASSES),
    row("sklearn.discriminant_analysis", "LinearDiscriminantAnalysis")
        .predicts(discriminant::linear)
        .transforms(discriminant::project)
        .but_not_where(discriminant::has_no_directions)
        .answers(SELECTED),
    row("sklearn.discriminant_analysis", "QuadraticDiscriminantAnalysis")
        .predicts(discriminant::quadratic)
        .answers(SCORED_CLASSES),
    row("sklearn.decomposition", "FactorAnalysis")
        .transforms(decomposition::factors::transform)
        .predicts(decomposition::factors::score)
        .answers(LIKELIHOODS),
    row("sklearn.decomposition", "FastICA").transforms(decomposition::components::independent),
    row("sklearn.decomposition", "IncrementalPCA").transforms(decomposition::pca::transform),
    row("sklearn.decomposition", "MiniBatchSparsePCA").transforms(decomposition::components::sparse),
    row("sklearn.decomposition", "DictionaryLearning")
        .transforms(decomposition::codes::learnt)
        .refuses(refused::OF_CODES),
    row("sklearn.decomposition", "LatentDirichletAllocation")
        .transforms(decomposition::topics::transform)
        .refuses(&[refused::SINGLES]),
    row("sklearn.decomposition", "MiniBatchDictionaryLearning")
        .transforms(decomposition::codes::learnt)
        .refuses(refused::OF_CODES),
    row("sklearn.decomposition", "MiniBatchNMF")
        .transforms(decomposition::nonnegative::mini_batch)
        .refuses(&[refused::SINGLES]),
    row("sklearn.decomposition", "NMF")
        .transforms(decomposition::nonnegative::transform)
        .refuses(&[refused::SINGLES, refused::SHUFFLE]),
    row("sklearn.decomposition", "SparseCoder")
        .transforms(decomposition::codes::given)
        .with_inputs(decomposition::codes::inputs)
        .refuses(refused::OF_CODES),
    row("sklearn.covariance", "EllipticEnvelope").predicts(covariance::envelope).answers(OUTLIERS),
    row("sklearn.decomposition", "KernelPCA")
        .transforms(decomposition::kernel_pca::transform)
        .refuses(&[refused::KERNEL]),
    row("sklearn.decomposition", "PCA")
        .transforms(decomposition::pca::transform)
        .predicts(decomposition::pca::score)
        .answers(LIKELIHOODS),
    row("sklearn.decomposition", "SparsePCA").transforms(decomposition::components::sparse),
    row("sklearn.decomposition", "TruncatedSVD").transforms(decomposition::components::truncated),
    row("sklearn.random_projection", "GaussianRandomProjection").transforms(decomposition::components::random),
    row("sklearn.random_projection", "SparseRandomProjection").transforms(decomposition::components::random),
    row("sklearn.cross_decomposition", "CCA")
        .transforms(decomposition::pls::transform)
        .predicts(decomposition::pls::predict)
        .answers(PREDICT_AND_TRANSFORM),
    row("sklearn.cross_decomposition", "PLSCanonical")
        .transforms(decomposition::pls::transform)
        .predicts(decomposition::pls::predict)
        .answers(PREDICT_AND_TRANSFORM),
    row("sklearn.cross_decomposition", "PLSRegression")
        .transforms(decomposition::pls::transform)
        .predicts(decomposition::pls::predict)
        .answers(PREDICT_AND_TRANSFORM),
    row("sklearn.cross_decomposition", "PLSSVD").transforms(decomposition::pls::singular),
    row("sklearn.mixture", "BayesianGaussianMixture").predicts(mixture::bayesian).answers(MIXTURE),
    row("sklearn.mixture", "GaussianMixture").predicts(mixture::gaussian).answers(MIXTURE),
    row("sklearn.neural_network", "BernoulliRBM").transforms(neural_network::hidden).refuses(&[refused::RANDOM_SCORES]),
    row("sklearn.neural_network", "MLPClassifier").predicts(neural_network::classifier).answers(PROBABLE_CLASSES),
    row("sklearn.neural_network", "MLPRegressor").predicts(neural_network::regressor),
    row("sklearn.tree", "DecisionTreeClassifier").predicts(trees::single::classifier).answers(LEAVES_OF_CLASSES),
    row("sklearn.tree", "DecisionTreeRegressor").predicts(trees::single::regressor).answers(LEAVES),
    row("sklearn.tree", "ExtraTreeClassifier").predicts(trees::single::classifier).answers(LEAVES_OF_CLASSES),
    row("sklearn.tree", "ExtraTreeRegressor").predicts(trees::single::regressor).answers(LEAVES),
    row("sklearn.ensemble", "RandomForestClassifier").predicts(trees::forest::classifier).answers(LEAVES_OF_CLASSES),
    row("sklearn.ensemble", "RandomForestRegressor").predicts(trees::forest::regressor).answers(LEAVES),
    row("sklearn.ensemble", "ExtraTreesClassifier").predicts(trees::forest::classifier).answers(LEAVES_OF_CLASSES),
    row("sklearn.ensemble", "ExtraTreesRegressor").predicts(trees::forest::regressor).answers(LEAVES),
    row("sklearn.ensemble", "GradientBoostingClassifier").predicts(gradient_boosting::classifier).answers(&[
        "predict",
        "predict_proba",
        "predict_log_proba",
        "decision_function",
        "apply",
    ]),
    row("sklearn.ensemble", "GradientBoostingRegressor").predicts(gradient_boosting::regressor).answers(LEAVES),
    row("sklearn.ensemble", "HistGradientBoostingClassifier").predicts(hist_boosting::classifier).answers(&[
        "predict",
        "predict_proba",
        "decision_function",
    ]),
    row("sklearn.ensemble", "HistGradientBoostingRegressor").predicts(hist_boosting::regressor),
    row("sklearn.ensemble", "BaggingClassifier").predicts(ensemble::bagging::classifier).answers(SCORED_CLASSES),
    row("sklearn.ensemble", "BaggingRegressor").predicts(ensemble::bagging::regressor),
    row("sklearn.ensemble", "AdaBoostClassifier").predicts(ensemble::adaboost::classifier).answers(SCORED_CLASSES),
    row("sklearn.ensemble", "AdaBoostRegressor").predicts(ensemble::adaboost::regressor),
    row("sklearn.ensemble", "VotingClassifier")
        .predicts(ensemble::voting::classifier)
        .transforms(ensemble::voting::transform)
        .with_inputs(ensemble::inputs)
        .answers(&["predict", "predict_proba", "transform"]),
    row("sklearn.ensemble", "VotingRegressor")
        .predicts(ensemble::voting::regressor)
        .transforms(ensemble::voting::transform)
        .with_inputs(ensemble::inputs)
        .answers(PREDICT_AND_TRANSFORM),
    row("sklearn.ensemble", "StackingClassifier")
        .predicts(ensemble::stacking::classifier)
        .transforms(ensemble::stacking::transform)
        .with_inputs(ensemble::inputs)
        .answers(&["predict", "predict_proba", "decision_function", "transform"]),
    row("sklearn.ensemble", "StackingRegressor")
        .predicts(ensemble::stacking::regressor)
        .transforms(ensemble::stacking::transform)
        .with_inputs(ensemble::inputs)
        .answers(PREDICT_AND_TRANSFORM),
    row("sklearn.ensemble", "IsolationForest").predicts(ensemble::isolation::forest).answers(OUTLIERS),
    row("sklearn.ensemble", "RandomTreesEmbedding")
        .predicts(ensemble::embedding::forest)
        .transforms(ensemble::embedding::transform)
        .answers(&["transform", "apply"]),
    row("sklearn.cluster", "AffinityPropagation")
        .predicts(cluster::centres::nearest_centre)
        .refuses(&[refused::AFFINITIES]),
    row("sklearn.cluster", "Birch")
        .predicts(cluster::centres::birch)
        .transforms(cluster::centres::birch_transform)
        .answers(PREDICT_AND_TRANSFORM),
    row("sklearn.cluster", "BisectingKMeans")
        .predicts(cluster::bisecting::predict)
        .transforms(cluster::centres::k_means_transform)
        .answers(PREDICT_AND_TRANSFORM),
    row("sklearn.cluster", "FeatureAgglomeration")
        .transforms(cluster::agglomeration::transform)
        .refuses(&[refused::POOLING]),
    row("sklearn.cluster", "KMeans")
        .predicts(cluster::centres::k_means)
        .transforms(cluster::centres::k_means_transform)
        .answers(PREDICT_AND_TRANSFORM),
    row("sklearn.cluster", "MeanShift").predicts(cluster::centres::nearest_centre),
    row("sklearn.cluster", "MiniBatchKMeans")
        .predicts(cluster::centres::k_means)
        .transforms(cluster::centres::k_means_transform)
        .answers(PREDICT_AND_TRANSFORM),
    row("sklearn.neighbors", "KernelDensity")
        .predicts(neighbors::density::density)
        .answers(&["score_samples"])
        .refuses(&[refused::TOLERANCE]),
    row("sklearn.neighbors", "KNeighborsClassifier")
        .predicts(neighbors::k_nearest::classifier)
        .answers(PROBABILITIES)
        .refuses(refused::OF_NEIGHBORS),
    row("sklearn.neighbors", "KNeighborsRegressor")
        .predicts(neighbors::k_nearest::regressor)
        .refuses(refused::OF_NEIGHBORS),
    row("sklearn.neighbors", "KNeighborsTransformer")
        .transforms(neighbors::graph::transform)
        .refuses(&[refused::METRIC, refused::SPARSE_DISTANCES]),
    row("sklearn.neighbors", "LocalOutlierFactor")
        .predicts(neighbors::outlier::local_outlier_factor)
        .answers(OUTLIERS)
        .refuses(&[refused::METRIC, refused::SPARSE_DISTANCES, refused::NOT_NOVEL]),
    row("sklearn.neighbors", "NearestCentroid").predicts(neighbors::centroid::classifier).answers(SCORED_CLASSES),
    row("sklearn.neighbors", "NearestNeighbors")
        .predicts(neighbors::graph::nearest)
        .answers(&["kneighbors"])
        .refuses(&[refused::METRIC, refused::SPARSE_DISTANCES]),
    row("sklearn.neighbors", "NeighborhoodComponentsAnalysis").transforms(neighbors::components::transform),
    row("sklearn.neighbors", "RadiusNeighborsClassifier")
        .predicts(neighbors::radius::classifier)
        .answers(PROBABILITIES)
        .refuses(refused::OF_NEIGHBORS),
    row("sklearn.neighbors", "RadiusNeighborsRegressor")
        .predicts(neighbors::radius::regressor)
        .refuses(refused::OF_NEIGHBORS),
    row("sklearn.neighbors", "RadiusNeighborsTransformer")
        .transforms(neighbors::radius::transform)
        .refuses(&[refused::METRIC, refused::SPARSE_DISTANCES]),
    row("sklearn.multiclass", "OneVsRestClassifier")
        .predicts(multiclass::one_vs_rest::one_vs_rest)
        .with_inputs(ensemble::inputs)
        .answers(&["predict", "predict_proba", "decision_function"]),
    row("sklearn.multiclass", "OneVsOneClassifier")
        .predicts(multiclass::one_vs_one::one_vs_one)
        .with_inputs(ensemble::inputs)
        .answers(DECISIONS),
    row("sklearn.multiclass", "OutputCodeClassifier")
        .predicts(multiclass::output_code::output_code)
        .with_inputs(ensemble::inputs),
    row("sklearn.multioutput", "MultiOutputClassifier")
        .predicts(multioutput::classifier)
        .with_inputs(ensemble::inputs)
        .answers(PROBABILITIES),
    row("sklearn.multioutput", "MultiOutputRegressor").predicts(multioutput::regressor).with_inputs(ensemble::inputs),
    row("sklearn.multioutput", "ClassifierChain").predicts(multioutput::chain::classifier).answers(SCORED_CLASSES),
    row("sklearn.multioutput", "RegressorChain").predicts(multioutput::chain::regressor),
    row("sklearn.gaussian_process", "GaussianProcessClassifier")
        .predicts(gaussian_process::classifier)
        .with_inputs(gaussian_process::inputs)
        .answers(LATENT)
        .refuses(&[refused::SMOOTHNESS, refused::LENGTH_SCALE]),
    row("sklearn.gaussian_process", "GaussianProcessRegressor")
        .predicts(gaussian_process::regressor)
        .with_inputs(gaussian_process::inputs)
        .refuses(&[refused::SMOOTHNESS, refused::LENGTH_SCALE]),
    row("sklearn.gaussian_process", "_BinaryGaussianProcessClassifierLaplace")
        .predicts(gaussian_process::binary)
        .with_inputs(gaussian_process::inputs)
        .answers(LATENT),
    row("sklearn.kernel_ridge", "KernelRidge").predicts(kernel_ridge::regressor).refuses(&[refused::KERNEL]),
    row("sklearn.kernel_approximation", "AdditiveChi2Sampler").transforms(kernel_approximation::additive),
    row("sklearn.kernel_approximation", "Nystroem")
        .transforms(kernel_approximation::nystroem)
        .refuses(&[refused::KERNEL]),
    row("sklearn.kernel_approximation", "PolynomialCountSketch").transforms(kernel_approximation::polynomial),
    row("sklearn.kernel_approximation", "RBFSampler").transforms(kernel_approximation::radial),
    row("sklearn.kernel_approximation", "SkewedChi2Sampler").transforms(kernel_approximation::skewed),
    row("sklearn.manifold", "Isomap").transforms(manifold::isomap::transform).with_inputs(manifold::inputs),
    row("sklearn.manifold", "LocallyLinearEmbedding").transforms(manifold::locally_linear::transform),
    row("sklearn.isotonic", "IsotonicRegression")
        .predicts(isotonic::regressor)
        .transforms(isotonic::transform)
        .with_inputs(isotonic::inputs)
        .answers(PREDICT_AND_TRANSFORM),
    row("sklearn.calibration", "CalibratedClassifierCV")
        .predicts(calibration::calibrated)
        .with_inputs(calibration::inputs)
        .answers(PROBABILITIES),
    row("sklearn.model_selection", "GridSearchCV")
        .delegates(meta::best)
        .with_inputs(meta::best_inputs)
        .refuses(&[refused::NOT_REFITTED]),
    row("sklearn.model_selection", "RandomizedSearchCV")
        .delegates(meta::best)
        .with_inputs(meta::best_inputs)
        .refuses(&[refused::NOT_REFITTED]),
    row("sklearn.model_selection", "HalvingGridSearchCV")
        .delegates(meta::best)
        .with_inputs(meta::best_inputs)
        .refuses(&[refused::NOT_REFITTED]),
    row("sklearn.model_selection", "HalvingRandomSearchCV")
        .delegates(meta::best)
        .with_inputs(meta::best_inputs)
        .refuses(&[refused::NOT_REFITTED]),
    row("sklearn.model_selection", "FixedThresholdClassifier")
        .predicts(meta::threshold::fixed)
        .with_inputs(meta::threshold::inputs)
        .answers(SCORED_CLASSES),
    row("sklearn.model_selection", "TunedThresholdClassifierCV")
        .predicts(meta::threshold::tuned)
        .with_inputs(meta::threshold::inputs)
        .answers(SCORED_CLASSES),
    row("sklearn.frozen", "FrozenEstimator").delegates(meta::frozen).with_inputs(meta::frozen_inputs),
    row("sklearn.semi_supervised", "SelfTrainingClassifier")
        .predicts(meta::self_training)
        .with_inputs(meta::fitted_inputs)
        .answers(SCORED_CLASSES),
    row("sklearn.compose", "TransformedTargetRegressor")
        .predicts(meta::target::regressor)
        .with_inputs(meta::target::inputs),
    row("sklearn.feature_selection", "GenericUnivariateSelect").transforms(selection::univariate::by_score),
    row("sklearn.feature_selection", "SelectFdr").transforms(selection::univariate::by_score),
    row("sklearn.feature_selection", "SelectFpr").transforms(selection::univariate::by_score),
    row("sklearn.feature_selection", "SelectFwe").transforms(selection::univariate::by_score),
    row("sklearn.feature_selection", "SelectKBest").transforms(selection::univariate::by_score),
    row("sklearn.feature_selection", "SelectPercentile").transforms(selection::univariate::by_score),
    row("sklearn.feature_selection", "VarianceThreshold").transforms(selection::univariate::by_variance),
    row("sklearn.feature_selection", "RFE")
        .transforms(selection::eliminated)
        .predicts(selection::eliminated_predict)
        .with_inputs(selection::inputs)
        .answers(SELECTED),
    row("sklearn.feature_selection", "RFECV")
        .transforms(selection::eliminated)
        .predicts(selection::eliminated_predict)
        .with_inputs(selection::inputs)
        .answers(SELECTED),
    row("sklearn.feature_selection", "SelectFromModel")
        .transforms(selection::from_model)
        .with_inputs(selection::inputs)
        .refuses(&[refused::IMPORTANCE]),
    row("sklearn.feature_selection", "SequentialFeatureSelector").transforms(selection::sequential),
    row("sklearn.dummy", "DummyClassifier")
        .predicts(dummy::classifier)
        .answers(PROBABLE_CLASSES)
        .refuses(&[refused::RANDOM_STRATEGY, refused::NO_COLUMNS]),
    row("sklearn.dummy", "DummyRegressor").predicts(dummy::regressor).refuses(&[refused::NO_COLUMNS]),
    row("imblearn.pipeline", "Pipeline").delegates(compose::pipeline::delegate).with_inputs(compose::pipeline::inputs),
    row("imblearn.ensemble", "BalancedBaggingClassifier")
        .predicts(ensemble::bagging::classifier)
        .answers(PROBABLE_CLASSES),
    row("imblearn.ensemble", "BalancedRandomForestClassifier")
        .predicts(trees::forest::classifier)
        .answers(LEAVES_OF_CLASSES),
    row("imblearn.ensemble", "EasyEnsembleClassifier").predicts(ensemble::bagging::classifier).answers(SCORED_CLASSES),
    row("imblearn.ensemble", "RUSBoostClassifier").predicts(ensemble::adaboost::classifier).answers(SCORED_CLASSES),
    row("snowflake.ml", "Binarizer").transforms(snowpark::own).with_inputs(snowpark::inputs),
    row("snowflake.ml", "KBinsDiscretizer").transforms(snowpark::own).with_inputs(snowpark::inputs),
    row("snowflake.ml", "LabelEncoder").transforms(snowpark::own).with_inputs(snowpark::inputs),
    row("snowflake.ml", "MaxAbsScaler").transforms(snowpark::own).with_inputs(snowpark::inputs),
    row("snowflake.ml", "MinMaxScaler").transforms(snowpark::own).with_inputs(snowpark::inputs),
    row("snowflake.ml", "Normalizer").transforms(snowpark::own).with_inputs(snowpark::inputs),
    row("snowflake.ml", "OneHotEncoder").transforms(snowpark::own).with_inputs(snowpark::inputs),
    row("snowflake.ml", "OrdinalEncoder").transforms(snowpark::own).with_inputs(snowpark::inputs),
    row("snowflake.ml", "Pipeline").delegates(snowpark::pipeline).with_inputs(snowpark::pipeline_inputs),
    row("snowflake.ml", "RobustScaler").transforms(snowpark::own).with_inputs(snowpark::inputs),
    row("snowflake.ml", "StandardScaler").transforms(snowpark::own).with_inputs(snowpark::inputs),
    row("snowflake.ml", ANY_OTHER).delegates(snowpark::native).with_inputs(snowpark::inputs),
    row("sklearn.semi_supervised", "LabelPropagation")
        .predicts(semi_supervised::propagation::classifier)
        .answers(PROBABILITIES)
        .refuses(&[refused::KERNEL]),
    row("sklearn.semi_supervised", "LabelSpreading")
        .predicts(semi_supervised::propagation::classifier)
        .answers(PROBABILITIES)
        .refuses(&[refused::KERNEL]),
    row("xgboost.sklearn", "XGBClassifier")
        .predicts(boosters::xgboost::predict)
        .with_inputs(boosters::xgboost::inputs)
        .answers(BOOSTED_CLASSES),
    row("xgboost.sklearn", "XGBRegressor")
        .predicts(boosters::xgboost::predict)
        .with_inputs(boosters::xgboost::inputs)
        .answers(BOOSTER),
    row("xgboost.sklearn", "XGBRanker")
        .predicts(boosters::xgboost::predict)
        .with_inputs(boosters::xgboost::inputs)
        .answers(BOOSTER),
    row("xgboost.sklearn", "XGBRFClassifier")
        .predicts(boosters::xgboost::predict)
        .with_inputs(boosters::xgboost::inputs)
        .answers(BOOSTED_CLASSES),
    row("xgboost.sklearn", "XGBRFRegressor")
        .predicts(boosters::xgboost::predict)
        .with_inputs(boosters::xgboost::inputs)
        .answers(BOOSTER),
    row("lightgbm.sklearn", "LGBMClassifier")
        .predicts(boosters::lightgbm::predict)
        .with_inputs(boosters::lightgbm::inputs)
        .answers(&["predict", "predict_proba", "decision_function", "apply", "predict_raw"]),
    row("lightgbm.sklearn", "LGBMRegressor")
        .predicts(boosters::lightgbm::predict)
        .with_inputs(boosters::lightgbm::inputs)
        .answers(BOOSTER),
    row("lightgbm.sklearn", "LGBMRanker")
        .predicts(boosters::lightgbm::predict)
        .with_inputs(boosters::lightgbm::inputs)
        .answers(BOOSTER),
    row("catboost.core", "CatBoost")
        .predicts(boosters::catboost::predict)
        .with_inputs(boosters::catboost::inputs)
        .answers(CATBOOST),
    row("catboost.core", "CatBoostClassifier")
        .predicts(boosters::catboost::predict)
        .with_inputs(boosters::catboost::inputs)
        .answers(&["predict", "predict_proba", "predict_log_proba", "calc_leaf_indexes", "predict_raw"]),
    row("catboost.core", "CatBoostRanker")
        .predicts(boosters::catboost::predict)
        .with_inputs(boosters::catboost::inputs)
        .answers(CATBOOST),
    row("catboost.core", "CatBoostRegressor")
        .predicts(boosters::catboost::predict)
        .with_inputs(boosters::catboost::inputs)
        .answers(CATBOOST),
];

/// The row of a class, by its public package and exact name.
pub fn find(package: &str, class: &str) -> Option<&'static Lowering> {
    let row = |class: &str| LOWERINGS.iter().find(|row| row.class == class && row.package == package);
    row(class).or_else(|| row(ANY_OTHER))
}
