//! scikit-learn 1.0 to 1.9 and imbalanced-learn 0.9 to 0.14.
//!
//! Generated from the releases: all public estimators, and what their fitted pickles were seen to hold.

use super::{Actions, Row};

const CLASS: Actions = Actions::CLASS;
/// A dict of a kind.
const DICT: Actions = Actions::CLASS.and(Actions::CALL).and(Actions::ITEMS);
/// A compiled loss, made by a call; 1.8 gives some an empty state.
const LOSS: Actions = Actions::CALL.and(Actions::CLASS);
/// A compiled function that makes an instance of its first argument.
const MAKER: Actions = Actions::CALL.and(Actions::MAKES_FIRST);
/// A function, by name only.
const NAME: Actions = Actions::NAME;

pub(super) const TABLE: &[Row] = &[
    (
        "_loss",
        LOSS,
        "CyAbsoluteError CyExponentialLoss CyHalfBinomialLoss CyHalfGammaLoss CyHalfMultinomialLoss CyHalfPoissonLoss \
         CyHalfSquaredError CyHalfTweedieLoss CyHalfTweedieLossIdentity CyHuberLoss CyPinballLoss",
    ),
    (
        "_loss",
        MAKER,
        "__pyx_unpickle_CyAbsoluteError __pyx_unpickle_CyExponentialLoss __pyx_unpickle_CyHalfBinomialLoss \
         __pyx_unpickle_CyHalfGammaLoss __pyx_unpickle_CyHalfMultinomialLoss __pyx_unpickle_CyHalfPoissonLoss \
         __pyx_unpickle_CyHalfSquaredError __pyx_unpickle_CyHalfTweedieLoss __pyx_unpickle_CyHalfTweedieLossIdentity \
         __pyx_unpickle_CyHuberLoss __pyx_unpickle_CyPinballLoss",
    ),
    (
        "sklearn._loss._loss",
        LOSS,
        "CyAbsoluteError CyExponentialLoss CyHalfBinomialLoss CyHalfGammaLoss CyHalfMultinomialLoss CyHalfPoissonLoss \
         CyHalfSquaredError CyHalfTweedieLoss CyHalfTweedieLossIdentity CyHuberLoss CyPinballLoss",
    ),
    (
        "sklearn._loss._loss",
        MAKER,
        "__pyx_unpickle_CyAbsoluteError __pyx_unpickle_CyExponentialLoss __pyx_unpickle_CyHalfBinomialLoss \
         __pyx_unpickle_CyHalfGammaLoss __pyx_unpickle_CyHalfMultinomialLoss __pyx_unpickle_CyHalfPoissonLoss \
         __pyx_unpickle_CyHalfSquaredError __pyx_unpickle_CyHalfTweedieLoss __pyx_unpickle_CyHalfTweedieLossIdentity \
         __pyx_unpickle_CyHuberLoss __pyx_unpickle_CyPinballLoss",
    ),
    (
        "sklearn.linear_model._sgd_fast",
        LOSS,
        "EpsilonInsensitive Hinge Huber Log ModifiedHuber SquaredEpsilonInsensitive SquaredHinge SquaredLoss",
    ),
    (
        "sklearn.metrics._dist_metrics",
        CLASS,
        "BrayCurtisDistance BrayCurtisDistance32 BrayCurtisDistance64 CanberraDistance CanberraDistance32 \
         CanberraDistance64 ChebyshevDistance ChebyshevDistance32 ChebyshevDistance64 DiceDistance DiceDistance32 \
         DiceDistance64 EuclideanDistance EuclideanDistance32 EuclideanDistance64 HammingDistance HammingDistance32 \
         HammingDistance64 HaversineDistance HaversineDistance32 HaversineDistance64 JaccardDistance \
         JaccardDistance32 JaccardDistance64 KulsinskiDistance KulsinskiDistance32 KulsinskiDistance64 \
         MahalanobisDistance MahalanobisDistance32 MahalanobisDistance64 ManhattanDistance ManhattanDistance32 \
         ManhattanDistance64 MatchingDistance MatchingDistance32 MatchingDistance64 MinkowskiDistance \
         MinkowskiDistance32 MinkowskiDistance64 RogersTanimotoDistance RogersTanimotoDistance32 \
         RogersTanimotoDistance64 RussellRaoDistance RussellRaoDistance32 RussellRaoDistance64 SEuclideanDistance \
         SEuclideanDistance32 SEuclideanDistance64 SokalMichenerDistance SokalMichenerDistance32 \
         SokalMichenerDistance64 SokalSneathDistance SokalSneathDistance32 SokalSneathDistance64 WMinkowskiDistance \
         WMinkowskiDistance32 WMinkowskiDistance64",
    ),
    ("sklearn.metrics._dist_metrics", MAKER, "newObj newObj32 newObj64"),
    (
        "sklearn.neighbors._dist_metrics",
        CLASS,
        "BrayCurtisDistance CanberraDistance ChebyshevDistance DiceDistance EuclideanDistance HammingDistance \
         HaversineDistance JaccardDistance KulsinskiDistance MahalanobisDistance ManhattanDistance MatchingDistance \
         MinkowskiDistance RogersTanimotoDistance RussellRaoDistance SEuclideanDistance SokalMichenerDistance \
         SokalSneathDistance WMinkowskiDistance",
    ),
    ("sklearn.neighbors._dist_metrics", MAKER, "newObj"),
    ("sklearn.neighbors._ball_tree", CLASS, "BallTree BallTree32 BallTree64"),
    ("sklearn.neighbors._ball_tree", MAKER, "newObj newObj32 newObj64"),
    ("sklearn.neighbors._kd_tree", CLASS, "KDTree KDTree32 KDTree64"),
    ("sklearn.neighbors._kd_tree", MAKER, "newObj newObj32 newObj64"),
    ("sklearn.tree._tree", Actions::CALL.and(Actions::STATE), "Tree"),
    ("sklearn.ensemble._hist_gradient_boosting.predictor", CLASS, "TreePredictor"),
    ("sklearn.impute._iterative", Actions::NEW, "_ImputerTriplet"),
    ("sklearn._loss.glm_distribution", Actions::NEW, "DistributionBoundary"),
    ("sklearn.covariance._graph_lasso", DICT, "_DictWithDeprecatedKeys"),
    ("sklearn.utils", DICT, "Bunch"),
    ("sklearn.utils._bunch", DICT, "Bunch"),
    (
        "sklearn._loss.glm_distribution",
        CLASS,
        "ExponentialDispersionModel GammaDistribution InverseGaussianDistribution NormalDistribution \
         PoissonDistribution TweedieDistribution",
    ),
    ("sklearn._loss.link", CLASS, "HalfLogitLink IdentityLink Interval LogLink LogitLink MultinomialLogit"),
    (
        "sklearn._loss.loss",
        CLASS,
        "AbsoluteError ExponentialLoss HalfBinomialLoss HalfBinomialLossArrayAPI HalfGammaLoss HalfMultinomialLoss \
         HalfMultinomialLossArrayAPI HalfPoissonLoss HalfPoissonLossArrayAPI HalfSquaredError HalfTweedieLoss \
         HalfTweedieLossIdentity HuberLoss PinballLoss",
    ),
    (
        "sklearn.calibration",
        CLASS,
        "CalibratedClassifierCV _CalibratedClassifier _SigmoidCalibration _TemperatureScaling",
    ),
    ("sklearn.cluster._affinity_propagation", CLASS, "AffinityPropagation"),
    ("sklearn.cluster._agglomerative", CLASS, "AgglomerativeClustering FeatureAgglomeration"),
    ("sklearn.cluster._bicluster", CLASS, "SpectralBiclustering SpectralCoclustering"),
    ("sklearn.cluster._birch", CLASS, "Birch _CFNode _CFSubcluster"),
    ("sklearn.cluster._bisect_k_means", CLASS, "BisectingKMeans _BisectingTree"),
    ("sklearn.cluster._dbscan", CLASS, "DBSCAN"),
    ("sklearn.cluster._hdbscan.hdbscan", CLASS, "HDBSCAN"),
    ("sklearn.cluster._kmeans", CLASS, "KMeans MiniBatchKMeans"),
    ("sklearn.cluster._mean_shift", CLASS, "MeanShift"),
    ("sklearn.cluster._optics", CLASS, "OPTICS"),
    ("sklearn.cluster._spectral", CLASS, "SpectralClustering"),
    ("sklearn.compose._column_transformer", CLASS, "ColumnTransformer _RemainderColsList make_column_selector"),
    ("sklearn.compose._target", CLASS, "TransformedTargetRegressor"),
    ("sklearn.covariance._elliptic_envelope", CLASS, "EllipticEnvelope"),
    ("sklearn.covariance._empirical_covariance", CLASS, "EmpiricalCovariance"),
    ("sklearn.covariance._graph_lasso", CLASS, "GraphicalLasso GraphicalLassoCV"),
    ("sklearn.covariance._robust_covariance", CLASS, "MinCovDet"),
    ("sklearn.covariance._shrunk_covariance", CLASS, "LedoitWolf OAS ShrunkCovariance"),
    ("sklearn.cross_decomposition._pls", CLASS, "CCA PLSCanonical PLSRegression PLSSVD"),
    ("sklearn.decomposition._dict_learning", CLASS, "DictionaryLearning MiniBatchDictionaryLearning SparseCoder"),
    ("sklearn.decomposition._factor_analysis", CLASS, "FactorAnalysis"),
    ("sklearn.decomposition._fastica", CLASS, "FastICA"),
    ("sklearn.decomposition._incremental_pca", CLASS, "IncrementalPCA"),
    ("sklearn.decomposition._kernel_pca", CLASS, "KernelPCA"),
    ("sklearn.decomposition._lda", CLASS, "LatentDirichletAllocation"),
    ("sklearn.decomposition._nmf", CLASS, "MiniBatchNMF NMF"),
    ("sklearn.decomposition._pca", CLASS, "PCA"),
    ("sklearn.decomposition._sparse_pca", CLASS, "MiniBatchSparsePCA SparsePCA"),
    ("sklearn.decomposition._truncated_svd", CLASS, "TruncatedSVD"),
    ("sklearn.discriminant_analysis", CLASS, "LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis"),
    ("sklearn.dummy", CLASS, "DummyClassifier DummyRegressor"),
    ("sklearn.ensemble._bagging", CLASS, "BaggingClassifier BaggingRegressor"),
    (
        "sklearn.ensemble._forest",
        CLASS,
        "ExtraTreesClassifier ExtraTreesRegressor RandomForestClassifier RandomForestRegressor RandomTreesEmbedding",
    ),
    ("sklearn.ensemble._gb", CLASS, "GradientBoostingClassifier GradientBoostingRegressor"),
    (
        "sklearn.ensemble._gb_losses",
        CLASS,
        "BinomialDeviance ClassificationLossFunction ExponentialLoss HuberLossFunction LeastAbsoluteError \
         LeastSquaresError LossFunction MultinomialDeviance QuantileLossFunction RegressionLossFunction",
    ),
    ("sklearn.ensemble._hist_gradient_boosting.binning", CLASS, "_BinMapper"),
    (
        "sklearn.ensemble._hist_gradient_boosting.gradient_boosting",
        CLASS,
        "HistGradientBoostingClassifier HistGradientBoostingRegressor",
    ),
    (
        "sklearn.ensemble._hist_gradient_boosting.loss",
        CLASS,
        "BinaryCrossEntropy CategoricalCrossEntropy LeastAbsoluteDeviation LeastSquares Poisson",
    ),
    ("sklearn.ensemble._hist_gradient_boosting.predictor", CLASS, "TreePredictor"),
    ("sklearn.ensemble._iforest", CLASS, "IsolationForest"),
    ("sklearn.ensemble._stacking", CLASS, "StackingClassifier StackingRegressor"),
    ("sklearn.ensemble._voting", CLASS, "VotingClassifier VotingRegressor"),
    ("sklearn.ensemble._weight_boosting", CLASS, "AdaBoostClassifier AdaBoostRegressor"),
    ("sklearn.feature_extraction._dict_vectorizer", CLASS, "DictVectorizer"),
    ("sklearn.feature_extraction._hash", CLASS, "FeatureHasher"),
    ("sklearn.feature_extraction.image", CLASS, "PatchExtractor"),
    ("sklearn.feature_extraction.text", CLASS, "CountVectorizer HashingVectorizer TfidfTransformer TfidfVectorizer"),
    ("sklearn.feature_selection._from_model", CLASS, "SelectFromModel"),
    ("sklearn.feature_selection._rfe", CLASS, "RFE RFECV"),
    ("sklearn.feature_selection._sequential", CLASS, "SequentialFeatureSelector"),
    (
        "sklearn.feature_selection._univariate_selection",
        CLASS,
        "GenericUnivariateSelect SelectFdr SelectFpr SelectFwe SelectKBest SelectPercentile",
    ),
    ("sklearn.feature_selection._variance_threshold", CLASS, "VarianceThreshold"),
    ("sklearn.frozen._frozen", CLASS, "FrozenEstimator"),
    ("sklearn.gaussian_process._gpc", CLASS, "GaussianProcessClassifier _BinaryGaussianProcessClassifierLaplace"),
    ("sklearn.gaussian_process._gpr", CLASS, "GaussianProcessRegressor"),
    (
        "sklearn.gaussian_process.kernels",
        CLASS,
        "CompoundKernel ConstantKernel DotProduct ExpSineSquared Exponentiation Hyperparameter Kernel KernelOperator \
         Matern PairwiseKernel Product RBF RationalQuadratic Sum WhiteKernel",
    ),
    ("sklearn.impute._base", CLASS, "MissingIndicator SimpleImputer"),
    ("sklearn.impute._iterative", CLASS, "IterativeImputer"),
    ("sklearn.impute._knn", CLASS, "KNNImputer"),
    ("sklearn.isotonic", CLASS, "IsotonicRegression"),
    (
        "sklearn.kernel_approximation",
        CLASS,
        "AdditiveChi2Sampler Nystroem PolynomialCountSketch RBFSampler SkewedChi2Sampler",
    ),
    ("sklearn.kernel_ridge", CLASS, "KernelRidge"),
    ("sklearn.linear_model._base", CLASS, "LinearRegression"),
    ("sklearn.linear_model._bayes", CLASS, "ARDRegression BayesianRidge"),
    (
        "sklearn.linear_model._coordinate_descent",
        CLASS,
        "ElasticNet ElasticNetCV Lasso LassoCV MultiTaskElasticNet MultiTaskElasticNetCV MultiTaskLasso \
         MultiTaskLassoCV",
    ),
    ("sklearn.linear_model._glm.glm", CLASS, "GammaRegressor PoissonRegressor TweedieRegressor"),
    ("sklearn.linear_model._glm.link", CLASS, "IdentityLink LogLink"),
    ("sklearn.linear_model._huber", CLASS, "HuberRegressor"),
    ("sklearn.linear_model._least_angle", CLASS, "Lars LarsCV LassoLars LassoLarsCV LassoLarsIC"),
    ("sklearn.linear_model._logistic", CLASS, "LogisticRegression LogisticRegressionCV"),
    ("sklearn.linear_model._omp", CLASS, "OrthogonalMatchingPursuit OrthogonalMatchingPursuitCV"),
    ("sklearn.linear_model._passive_aggressive", CLASS, "PassiveAggressiveClassifier PassiveAggressiveRegressor"),
    ("sklearn.linear_model._perceptron", CLASS, "Perceptron"),
    ("sklearn.linear_model._quantile", CLASS, "QuantileRegressor"),
    ("sklearn.linear_model._ransac", CLASS, "RANSACRegressor"),
    ("sklearn.linear_model._ridge", CLASS, "Ridge RidgeCV RidgeClassifier RidgeClassifierCV"),
    ("sklearn.linear_model._stochastic_gradient", CLASS, "SGDClassifier SGDOneClassSVM SGDRegressor"),
    ("sklearn.linear_model._theil_sen", CLASS, "TheilSenRegressor"),
    ("sklearn.manifold._classical_mds", CLASS, "ClassicalMDS"),
    ("sklearn.manifold._isomap", CLASS, "Isomap"),
    ("sklearn.manifold._locally_linear", CLASS, "LocallyLinearEmbedding"),
    ("sklearn.manifold._mds", CLASS, "MDS"),
    ("sklearn.manifold._spectral_embedding", CLASS, "SpectralEmbedding"),
    ("sklearn.manifold._t_sne", CLASS, "TSNE"),
    (
        "sklearn.metrics._scorer",
        CLASS,
        "_CurveScorer _MultimetricScorer _PassthroughScorer _PredictScorer _ProbaScorer _Scorer _ThresholdScorer",
    ),
    ("sklearn.mixture._bayesian_mixture", CLASS, "BayesianGaussianMixture"),
    ("sklearn.mixture._gaussian_mixture", CLASS, "GaussianMixture"),
    (
        "sklearn.model_selection._classification_threshold",
        CLASS,
        "FixedThresholdClassifier TunedThresholdClassifierCV _CurveScorer",
    ),
    ("sklearn.model_selection._search", CLASS, "GridSearchCV RandomizedSearchCV"),
    ("sklearn.model_selection._search_successive_halving", CLASS, "HalvingGridSearchCV HalvingRandomSearchCV"),
    (
        "sklearn.model_selection._split",
        CLASS,
        "GroupKFold GroupShuffleSplit KFold LeaveOneGroupOut LeaveOneOut LeavePGroupsOut LeavePOut PredefinedSplit \
         RepeatedKFold RepeatedStratifiedKFold ShuffleSplit StratifiedGroupKFold StratifiedKFold \
         StratifiedShuffleSplit TimeSeriesSplit _BaseKFold _CVIterableWrapper _RepeatedSplits",
    ),
    ("sklearn.multiclass", CLASS, "OneVsOneClassifier OneVsRestClassifier OutputCodeClassifier _ConstantPredictor"),
    ("sklearn.multioutput", CLASS, "ClassifierChain MultiOutputClassifier MultiOutputRegressor RegressorChain"),
    ("sklearn.naive_bayes", CLASS, "BernoulliNB CategoricalNB ComplementNB GaussianNB MultinomialNB"),
    ("sklearn.neighbors._classification", CLASS, "KNeighborsClassifier RadiusNeighborsClassifier"),
    ("sklearn.neighbors._graph", CLASS, "KNeighborsTransformer RadiusNeighborsTransformer"),
    ("sklearn.neighbors._kde", CLASS, "KernelDensity"),
    ("sklearn.neighbors._lof", CLASS, "LocalOutlierFactor"),
    ("sklearn.neighbors._nca", CLASS, "NeighborhoodComponentsAnalysis"),
    ("sklearn.neighbors._nearest_centroid", CLASS, "NearestCentroid"),
    ("sklearn.neighbors._regression", CLASS, "KNeighborsRegressor RadiusNeighborsRegressor"),
    ("sklearn.neighbors._unsupervised", CLASS, "NearestNeighbors"),
    ("sklearn.neural_network._multilayer_perceptron", CLASS, "MLPClassifier MLPRegressor"),
    ("sklearn.neural_network._rbm", CLASS, "BernoulliRBM"),
    ("sklearn.neural_network._stochastic_optimizers", CLASS, "AdamOptimizer SGDOptimizer"),
    ("sklearn.pipeline", CLASS, "FeatureUnion Pipeline"),
    (
        "sklearn.preprocessing._data",
        CLASS,
        "Binarizer KernelCenterer MaxAbsScaler MinMaxScaler Normalizer PowerTransformer QuantileTransformer \
         RobustScaler StandardScaler",
    ),
    ("sklearn.preprocessing._discretization", CLASS, "KBinsDiscretizer"),
    ("sklearn.preprocessing._encoders", CLASS, "OneHotEncoder OrdinalEncoder"),
    ("sklearn.preprocessing._function_transformer", CLASS, "FunctionTransformer"),
    ("sklearn.preprocessing._label", CLASS, "LabelBinarizer LabelEncoder MultiLabelBinarizer"),
    ("sklearn.preprocessing._polynomial", CLASS, "PolynomialFeatures SplineTransformer"),
    ("sklearn.preprocessing._target_encoder", CLASS, "TargetEncoder"),
    ("sklearn.random_projection", CLASS, "GaussianRandomProjection SparseRandomProjection"),
    ("sklearn.semi_supervised._label_propagation", CLASS, "LabelPropagation LabelSpreading"),
    ("sklearn.semi_supervised._self_training", CLASS, "SelfTrainingClassifier"),
    ("sklearn.svm._classes", CLASS, "LinearSVC LinearSVR NuSVC NuSVR OneClassSVM SVC SVR"),
    (
        "sklearn.tree._classes",
        CLASS,
        "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor",
    ),
    ("sklearn.utils", CLASS, "Bunch"),
    ("sklearn.utils._bunch", CLASS, "Bunch"),
    ("sklearn.utils._metadata_requests", CLASS, "MetadataRequest MetadataRouter MethodMapping MethodMetadataRequest"),
    ("sklearn.cluster._kmeans", NAME, "_kmeans_single_elkan _kmeans_single_full _kmeans_single_lloyd"),
    ("sklearn.feature_selection._mutual_info", NAME, "mutual_info_classif mutual_info_regression"),
    ("sklearn.feature_selection._univariate_selection", NAME, "chi2 f_classif f_oneway f_regression r_regression"),
    (
        "sklearn.metrics._classification",
        NAME,
        "accuracy_score balanced_accuracy_score brier_score_loss class_likelihood_ratios classification_report \
         cohen_kappa_score confusion_matrix d2_brier_score d2_log_loss_score f1_score fbeta_score hamming_loss \
         hinge_loss jaccard_score log_loss matthews_corrcoef multilabel_confusion_matrix \
         precision_recall_fscore_support precision_score recall_score zero_one_loss",
    ),
    (
        "sklearn.metrics._ranking",
        NAME,
        "auc average_precision_score confusion_matrix_at_thresholds coverage_error dcg_score det_curve \
         label_ranking_average_precision_score label_ranking_loss metric_at_thresholds ndcg_score \
         precision_recall_curve roc_auc_score roc_curve top_k_accuracy_score",
    ),
    (
        "sklearn.metrics._regression",
        NAME,
        "d2_absolute_error_score d2_pinball_score d2_tweedie_score explained_variance_score max_error \
         mean_absolute_error mean_absolute_percentage_error mean_gamma_deviance mean_pinball_loss \
         mean_poisson_deviance mean_squared_error mean_squared_log_error mean_tweedie_deviance median_absolute_error \
         r2_score root_mean_squared_error root_mean_squared_log_error",
    ),
    ("sklearn.metrics._scorer", NAME, "_passthrough_scorer negative_likelihood_ratio positive_likelihood_ratio"),
    (
        "sklearn.metrics.cluster._supervised",
        NAME,
        "adjusted_mutual_info_score adjusted_rand_score check_clusterings completeness_score contingency_matrix \
         entropy fowlkes_mallows_score homogeneity_completeness_v_measure homogeneity_score mutual_info_score \
         normalized_mutual_info_score pair_confusion_matrix rand_score v_measure_score",
    ),
    (
        "sklearn.metrics.cluster._unsupervised",
        NAME,
        "calinski_harabasz_score check_number_of_labels davies_bouldin_score silhouette_samples silhouette_score",
    ),
    (
        "sklearn.metrics.pairwise",
        NAME,
        "additive_chi2_kernel check_paired_arrays check_pairwise_arrays chi2_kernel cosine_distances \
         cosine_similarity distance_metrics euclidean_distances haversine_distances kernel_metrics laplacian_kernel \
         linear_kernel manhattan_distances nan_euclidean_distances paired_cosine_distances paired_distances \
         paired_euclidean_distances paired_manhattan_distances pairwise_distances pairwise_distances_argmin \
         pairwise_distances_argmin_min pairwise_distances_chunked pairwise_kernels polynomial_kernel rbf_kernel \
         sigmoid_kernel",
    ),
    ("sklearn.utils.validation", NAME, "check_array"),
    ("imblearn.base", CLASS, "FunctionSampler"),
    ("imblearn.combine._smote_enn", CLASS, "SMOTEENN"),
    ("imblearn.combine._smote_tomek", CLASS, "SMOTETomek"),
    ("imblearn.ensemble._bagging", CLASS, "BalancedBaggingClassifier"),
    ("imblearn.ensemble._easy_ensemble", CLASS, "EasyEnsembleClassifier"),
    ("imblearn.ensemble._forest", CLASS, "BalancedRandomForestClassifier"),
    ("imblearn.ensemble._weight_boosting", CLASS, "RUSBoostClassifier"),
    ("imblearn.model_selection._split", CLASS, "InstanceHardnessCV"),
    ("imblearn.over_sampling._adasyn", CLASS, "ADASYN"),
    ("imblearn.over_sampling._random_over_sampler", CLASS, "RandomOverSampler"),
    ("imblearn.over_sampling._smote.base", CLASS, "SMOTE SMOTEN SMOTENC"),
    ("imblearn.over_sampling._smote.cluster", CLASS, "KMeansSMOTE"),
    ("imblearn.over_sampling._smote.filter", CLASS, "BorderlineSMOTE SVMSMOTE"),
    ("imblearn.pipeline", CLASS, "Pipeline"),
    ("imblearn.under_sampling._prototype_generation._cluster_centroids", CLASS, "ClusterCentroids"),
    ("imblearn.under_sampling._prototype_selection._condensed_nearest_neighbour", CLASS, "CondensedNearestNeighbour"),
    (
        "imblearn.under_sampling._prototype_selection._edited_nearest_neighbours",
        CLASS,
        "AllKNN EditedNearestNeighbours RepeatedEditedNearestNeighbours",
    ),
    ("imblearn.under_sampling._prototype_selection._instance_hardness_threshold", CLASS, "InstanceHardnessThreshold"),
    ("imblearn.under_sampling._prototype_selection._nearmiss", CLASS, "NearMiss"),
    ("imblearn.under_sampling._prototype_selection._neighbourhood_cleaning_rule", CLASS, "NeighbourhoodCleaningRule"),
    ("imblearn.under_sampling._prototype_selection._one_sided_selection", CLASS, "OneSidedSelection"),
    ("imblearn.under_sampling._prototype_selection._random_under_sampler", CLASS, "RandomUnderSampler"),
    ("imblearn.under_sampling._prototype_selection._tomek_links", CLASS, "TomekLinks"),
];
