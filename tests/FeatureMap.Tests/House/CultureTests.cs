using System.Globalization;
using System.Reflection;
using Xunit;

namespace FeatureMap.Tests.House;

/// <summary>
/// Messages and files are the same in every culture. All tests run in a foreign one (<see cref="ForeignCulture"/>), so the texts that
/// others compare are part of this.
/// </summary>
public sealed class CultureTests
{
    /// <summary>All of ours that the tests refer to.</summary>
    public static TheoryData<string> Assemblies =>
    [
        .. typeof(CultureTests).Assembly.GetReferencedAssemblies().Select(name => name.Name!)
            .Where(name => name.StartsWith("FeatureMap", StringComparison.Ordinal)),
    ];

    private static ReadOnlySpan<char> Span => "ab";

    [Fact]
    public void The_tests_run_in_a_foreign_culture()
    {
        Assert.Same(ForeignCulture.Culture, CultureInfo.CurrentCulture);
        Assert.Equal("\u22121.234.567,5", string.Format(CultureInfo.CurrentCulture, "{0:N1}", -1234567.5));
        Assert.Equal("keine Zahl", double.NaN.ToString(CultureInfo.CurrentCulture));
    }

    [Fact]
    public void An_interpolated_text_is_the_same_in_every_culture()
    {
        Assert.Equal("-1,234,567.5 of NaN |   -3|0.25  |ab |", $"{-1234567.5:N1} of {double.NaN} |{-3,5}|{0.25,-6:0.##}|{Span,-3}|");
        Assert.Equal("2026-11-29 08:05", $"{new DateTime(2026, 11, 29, 8, 5, 0, DateTimeKind.Utc):yyyy-MM-dd HH:mm}");
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Every_assembly_has_the_invariant_text_of_its_own(string assembly) =>
        Assert.NotNull(Assembly.Load(assembly).GetType("System.Runtime.CompilerServices.DefaultInterpolatedStringHandler"));

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Nothing_is_written_or_read_in_the_culture_of_the_user(string assembly) =>
        Guard.None(CultureCalls.In(Assembly.Load(assembly)));

    [Fact]
    public void The_guard_sees_calls_that_depend_on_the_culture()
    {
        var found = CultureCalls.In(typeof(CultureTests).Assembly).ToList();
        string[] calls =
        [
            "Double.ToString(String)", "String.Join<Int32>", "Double.Parse(String)", "String.ToLower()", "StringBuilder.Append(Double)",
            "Int32.ToString()",
        ];
        foreach (var call in calls)
            Assert.Contains(found, sentence => sentence.Contains($".{nameof(AsTheUserWrites)} calls {call},", StringComparison.Ordinal));
    }

#pragma warning disable CA1304, CA1305, CA1311, CA1308 // what the guard must see
    private static string AsTheUserWrites(double number, int[] numbers) =>
        new System.Text.StringBuilder().Append(number) + number.ToString("N2") + string.Join(' ', numbers) + double.Parse("1")
            + "A".ToLower() + numbers.Length;
#pragma warning restore CA1304, CA1305, CA1311, CA1308
}
