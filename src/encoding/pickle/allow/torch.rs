//! PyTorch: tensors and their storages, types, devices, and the modules of `torch.nn` (generated from 2.15, as 2.0 has them too).
//!
//! What is called gets a storage, numbers and plain tuples (see `operands.rs`), and a persistent id names a storage or, before
//! 1.6, one of the modules here. Not here: `_rebuild_from_type_v2` and `_rebuild_parameter_with_state`, which call or set
//! what the file names; the functions of the JIT; and modules of other packages, whose code is theirs.

use super::{Actions, Row};

const CALL: Actions = Actions::CALL;
const NAME: Actions = Actions::NAME;
const CLASS: Actions = Actions::CLASS;

/// Storages, which persistent ids name.
const STORAGES: &str = "BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage ComplexFloatStorage \
    DoubleStorage FloatStorage HalfStorage IntStorage LongStorage ShortStorage UntypedStorage";
/// Element types.
const TYPES: &str = "bfloat16 bool complex128 complex32 complex64 double float float16 float32 float64 float8_e4m3fn \
    float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz half int int16 int32 int64 int8 long short uint16 uint32 uint64 uint8 \
    contiguous_format channels_last preserve_format strided sparse_coo";
/// Activations that a module holds as a function.
const FUNCTIONS: &str = "celu elu gelu glu hardswish hardtanh leaky_relu log_softmax mish relu relu6 selu sigmoid silu softmax \
    softplus tanh";

pub(super) const TABLE: &[Row] = &[
    ("torch._utils", CALL, "_rebuild_parameter _rebuild_sparse_tensor _rebuild_tensor _rebuild_tensor_v2"),
    ("torch.serialization", CALL, "_get_layout"),
    ("torch", CALL, "Size device"),
    ("torch", NAME, STORAGES),
    ("torch", NAME, TYPES),
    ("torch.storage", NAME, "TypedStorage UntypedStorage"),
    ("torch", NAME, "Tensor relu sigmoid tanh"),
    ("torch.nn.parameter", NAME, "Buffer Parameter"),
    ("torch.nn.functional", NAME, FUNCTIONS),
    ("torch._C._nn", NAME, "gelu"),
    (
        "torch.nn.modules.activation",
        CLASS,
        "Threshold ReLU RReLU Hardtanh ReLU6 Sigmoid Hardsigmoid Tanh SiLU Mish Hardswish ELU CELU SELU GLU \
         GELU Hardshrink LeakyReLU LogSigmoid Softplus Softshrink MultiheadAttention PReLU Softsign \
         Tanhshrink Softmin Softmax Softmax2d LogSoftmax",
    ),
    ("torch.nn.modules.adaptive", CLASS, "AdaptiveLogSoftmaxWithLoss"),
    (
        "torch.nn.modules.batchnorm",
        CLASS,
        "BatchNorm1d LazyBatchNorm1d BatchNorm2d LazyBatchNorm2d BatchNorm3d LazyBatchNorm3d SyncBatchNorm",
    ),
    ("torch.nn.modules.channelshuffle", CLASS, "ChannelShuffle"),
    ("torch.nn.modules.container", CLASS, "Container Sequential ModuleList ModuleDict ParameterList ParameterDict"),
    (
        "torch.nn.modules.conv",
        CLASS,
        "Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d LazyConv1d LazyConv2d \
         LazyConv3d LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d",
    ),
    ("torch.nn.modules.distance", CLASS, "PairwiseDistance CosineSimilarity"),
    ("torch.nn.modules.dropout", CLASS, "Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout"),
    ("torch.nn.modules.flatten", CLASS, "Flatten Unflatten"),
    ("torch.nn.modules.fold", CLASS, "Fold Unfold"),
    (
        "torch.nn.modules.instancenorm",
        CLASS,
        "InstanceNorm1d LazyInstanceNorm1d InstanceNorm2d LazyInstanceNorm2d InstanceNorm3d \
         LazyInstanceNorm3d",
    ),
    ("torch.nn.modules.linear", CLASS, "Identity Linear NonDynamicallyQuantizableLinear Bilinear LazyLinear"),
    (
        "torch.nn.modules.loss",
        CLASS,
        "L1Loss NLLLoss NLLLoss2d PoissonNLLLoss GaussianNLLLoss KLDivLoss MSELoss BCELoss BCEWithLogitsLoss \
         HingeEmbeddingLoss MultiLabelMarginLoss SmoothL1Loss HuberLoss SoftMarginLoss CrossEntropyLoss \
         LinearCrossEntropyLoss MultiLabelSoftMarginLoss CosineEmbeddingLoss MarginRankingLoss \
         MultiMarginLoss TripletMarginLoss TripletMarginWithDistanceLoss CTCLoss",
    ),
    ("torch.nn.modules.module", CLASS, "Module"),
    ("torch.nn.modules.normalization", CLASS, "LocalResponseNorm CrossMapLRN2d LayerNorm GroupNorm RMSNorm"),
    (
        "torch.nn.modules.padding",
        CLASS,
        "CircularPad1d CircularPad2d CircularPad3d ConstantPad1d ConstantPad2d ConstantPad3d ReflectionPad1d \
         ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d ZeroPad1d \
         ZeroPad2d ZeroPad3d",
    ),
    ("torch.nn.modules.pixelshuffle", CLASS, "PixelShuffle PixelUnshuffle"),
    (
        "torch.nn.modules.pooling",
        CLASS,
        "MaxPool1d MaxPool2d MaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d AvgPool1d AvgPool2d AvgPool3d \
         FractionalMaxPool2d FractionalMaxPool3d LPPool1d LPPool2d LPPool3d AdaptiveMaxPool1d \
         AdaptiveMaxPool2d AdaptiveMaxPool3d AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d",
    ),
    ("torch.nn.modules.rnn", CLASS, "RNNBase RNN LSTM GRU RNNCellBase RNNCell LSTMCell GRUCell"),
    ("torch.nn.modules.sparse", CLASS, "Embedding EmbeddingBag"),
    (
        "torch.nn.modules.transformer",
        CLASS,
        "Transformer TransformerEncoder TransformerDecoder TransformerEncoderLayer TransformerDecoderLayer",
    ),
    ("torch.nn.modules.upsampling", CLASS, "Upsample UpsamplingNearest2d UpsamplingBilinear2d"),
];
