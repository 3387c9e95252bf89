using FeatureMap.Lanes;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Ops;

/// <summary>Every op of the catalogue against its naive reference, at every register width, and its reference against central differences.</summary>
public sealed class OpJudgeTests
{
    public static TheoryData<string> Ops => [.. OpCatalogue.Entries.Select(entry => entry.Type.Name)];

    [Theory]
    [MemberData(nameof(Ops))]
    public void Declared_cases_agree_with_the_reference_at_every_width(string op)
    {
        foreach (var given in Entry(op).Cases)
            AssertAgrees(OpJudge.Compare(given, 1, [.. OpJudge.Widths]));
    }

    [Theory]
    [MemberData(nameof(Ops))]
    public void Random_cases_agree_with_the_reference_at_every_width(string op)
    {
        var random = new RandomSequence(20, RandomPurpose.Testing);
        var count = op is nameof(Conv2d) or nameof(ConvTranspose2d) ? 2_000 : 200;
        for (var i = 0; i < count; i++)
            AssertAgrees(OpJudge.Compare(Entry(op).RandomCase(ref random), (ulong)i, [.. OpJudge.Widths]));
    }

    [Theory]
    [MemberData(nameof(Ops))]
    public void Gradients_of_the_reference_agree_with_central_differences(string op)
    {
        foreach (var given in Entry(op).Cases)
            AssertAgrees(OpJudge.CheckGradient(given, 2));
        var random = new RandomSequence(21, RandomPurpose.Testing);
        for (var i = 0; i < 20; i++)
            AssertAgrees(OpJudge.CheckGradient(Entry(op).RandomCase(ref random), (ulong)i));
    }

    [Fact]
    public void The_catalogue_has_every_op()
    {
        var expected = typeof(Op).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Op)) && !type.IsAbstract && !type.IsSubclassOf(typeof(LaneMove)))
            .Select(type => type.Name).Order();
        Assert.Equal(expected, OpCatalogue.Entries.Select(entry => entry.Type.Name).Order());
    }

    private static CatalogueEntry Entry(string op) => OpCatalogue.Entries.Single(entry => entry.Type.Name == op);

    // The whole message: Assert.Null would shorten it.
    private static void AssertAgrees(string? difference) => Assert.True(difference is null, difference);
}
