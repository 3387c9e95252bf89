using Xunit;

namespace FeatureMap.Tests;

/// <summary>The tests that measure what the whole process does: they run one after the other, when no other test runs.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
