using FeatureMap.Analysis;

namespace FeatureMap.Studio;

/// <summary>The rule of a cell with its numbers in the place of symbols.</summary>
internal static class WalkFormula
{
    private const int MostWritten = 9;

    /// <summary>The right side, filled; empty where it would be too long.</summary>
    public static string Filled(CellDerivation derivation)
    {
        var numbers = derivation.Numbers.ToDictionary(number => number.Symbol, number => Written(number.Value));
        string Of(string symbol) => numbers.GetValueOrDefault(symbol, "");
        var terms = derivation.Terms.Where(term => term.Cell >= 0).Select(term => Written(term.Number)).ToList();
        var x = numbers.GetValueOrDefault("x", terms.Count > 0 ? terms[0] : "");
        return derivation.Rule switch
        {
            CellRule.Normalized => numbers.ContainsKey("γ") ? $"{Of("γ")} · ({x} − {Of("μ")}) / √({Of("σ²")} + {Of("ε")}) + {Of("β")}"
                : $"({x} − {Of("μ")}) / √({Of("σ²")} + {Of("ε")})",
            CellRule.Products => numbers.ContainsKey("|w|")
                ? $"{Of("s")} · {Written(derivation.Terms.Sum(term => term.Product))} / {Of("|w|")}" : "",
            CellRule.Function => derivation.Formula["y = ".Length..].Contains('x', StringComparison.Ordinal) && terms.Count == 1
                ? Substituted(derivation.Formula["y = ".Length..], terms[0], Of("a")) : "",
            CellRule.Copied => x,
            CellRule.Largest when terms.Count <= MostWritten => $"max({string.Join(", ", terms)})",
            CellRule.Combined when terms.Count <= MostWritten => Combined(derivation.Formula["y = ".Length..], terms),
            CellRule.Compared when numbers.ContainsKey("m") => derivation.Formula.Contains("ln", StringComparison.Ordinal)
                ? $"{x} − {Of("m")} − ln {Of("Σ e^(x − m)")}" : $"e^({x} − {Of("m")}) / {Of("Σ e^(x − m)")}",
            CellRule.Compared when numbers.ContainsKey("√(Σ x²)") => $"{x} / {Of("√(Σ x²)")}",
            CellRule.Compared =>
                $"{x} / ({Of("k")} + {Of("α")} / {Of("n")} · {Written(derivation.Terms.Sum(term => term.Product))})^{Of("β")}",
            _ => "",
        };
    }

    private static string Written(double value) => ShownSum.Exact(value) is var text && text.StartsWith('-') ? $"({text})" : text;

    // x stands alone, not as a letter of max or exp.
    private static string Substituted(string formula, string x, string slope)
    {
        var text = System.Text.RegularExpressions.Regex.Replace(formula, "(?<![A-Za-z])x(?![A-Za-z])", x);
        return slope.Length > 0 ? System.Text.RegularExpressions.Regex.Replace(text, "(?<![A-Za-z])a(?![A-Za-z])", slope) : text;
    }

    private static string Combined(string formula, List<string> terms) => System.Text.RegularExpressions.Regex.Replace(
        formula, "(?<![A-Za-z])[a-z](?![A-Za-z])",
        match => match.Value[0] - 'a' is var place && place < terms.Count ? terms[place] : match.Value);
}
