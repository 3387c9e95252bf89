using Xunit;

namespace FeatureMap.Torch.Tests;

/// <summary>libtorch's threads and its counts of tensors belong to the process: the tests run one after the other.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
