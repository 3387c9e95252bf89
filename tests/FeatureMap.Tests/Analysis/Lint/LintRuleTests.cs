using FeatureMap.Analysis;
using FeatureMap.Tests.House;
using Xunit;

namespace FeatureMap.Tests.Analysis.Lint;

/// <summary>Every rule speaks where it should, word by word, and is silent one step beside.</summary>
public sealed class LintRuleTests
{
    public static TheoryData<int, string> Cases => [.. LintCase.All.Select((given, i) => (i, given.Rule))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_rule_says_what_it_found(int number, string rule)
    {
        var given = LintCase.All[number];
        var found = Linter.Check(given.Bad(), (given.Options ?? new()) with { Only = [rule] });
        Assert.Equal(given.Finding, string.Join('\n', found.Findings));
        Assert.All(found.Findings, finding => Assert.NotEmpty(finding.Fix));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_rule_is_silent_one_step_beside(int number, string rule)
    {
        var given = LintCase.All[number];
        var found = Linter.Check(given.Good(), (given.GoodOptions ?? given.Options ?? new()) with { Only = [rule] });
        Guard.None(found.Findings.Select(finding => finding.ToString()));
        Assert.Single(found.Checked);
    }
}
