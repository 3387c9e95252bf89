using System.Globalization;

namespace FeatureMap.Lessons;

/// <summary>
/// A term of a formula: it is written with symbols and with numbers, and it has a value, so that a formula judges the number that stands
/// before it.
/// Terms are made by operators: <c>Term.Floor((i + (2 * p) - k) / s) + 1</c>.
/// </summary>
public abstract record Term
{
    /// <summary>Its value.</summary>
    public abstract double Value { get; }

    /// <summary>Written with symbols.</summary>
    public string Symbols => Written(filled: false, 0);

    /// <summary>Written with numbers in the place of symbols.</summary>
    public string Filled => Written(filled: true, 0);

    /// <summary>A number as a term.</summary>
    public static implicit operator Term(double value) => new NumberTerm(value);

    /// <summary>A sum.</summary>
    public static Term operator +(Term one, Term other) => new OperationTerm(TermOperation.Sum, [one, other]);

    /// <summary>A difference.</summary>
    public static Term operator -(Term one, Term other) => new OperationTerm(TermOperation.Difference, [one, other]);

    /// <summary>A product.</summary>
    public static Term operator *(Term one, Term other) => new OperationTerm(TermOperation.Product, [one, other]);

    /// <summary>A fraction.</summary>
    public static Term operator /(Term one, Term other) => new OperationTerm(TermOperation.Quotient, [one, other]);

    /// <summary>The remainder of a division of whole numbers.</summary>
    public static Term operator %(Term one, Term other) => new OperationTerm(TermOperation.Remainder, [one, other]);

    /// <summary>A symbol and the number that it stands for.</summary>
    /// <param name="name">Such as <c>k</c> or <c>C_out</c>: what follows the underline stands lower.</param>
    /// <param name="value">The number.</param>
    /// <param name="cell">The cell of a grid that it is.</param>
    public static SymbolTerm Symbol(string name, double value, CellReference? cell = null) => new(name, value, cell);

    /// <summary>A number that is a cell of a grid.</summary>
    public static Term Of(double value, CellReference? cell = null) => new NumberTerm(value, cell);

    /// <summary>Several terms added up.</summary>
    public static Term Sum(params IReadOnlyList<Term> terms) => new OperationTerm(TermOperation.Sum, terms);

    /// <summary>The largest of several terms.</summary>
    public static Term Largest(params IReadOnlyList<Term> terms) => new OperationTerm(TermOperation.Largest, terms);

    /// <summary>The largest whole number that is not above the term.</summary>
    public static Term Floor(Term term) => new OperationTerm(TermOperation.Floor, [term]);

    /// <summary>The smallest whole number that is not below the term.</summary>
    public static Term Ceiling(Term term) => new OperationTerm(TermOperation.Ceiling, [term]);

    /// <summary>A power.</summary>
    public static Term Power(Term term, Term exponent) => new OperationTerm(TermOperation.Power, [term, exponent]);

    /// <summary>A square root.</summary>
    public static Term Root(Term term) => new OperationTerm(TermOperation.Root, [term]);

    /// <summary>e to a power.</summary>
    public static Term Exponential(Term term) => new OperationTerm(TermOperation.Exponential, [term]);

    /// <summary>The cosine of an angle in radians.</summary>
    public static Term Cosine(Term term) => new OperationTerm(TermOperation.Cosine, [term]);

    /// <summary>The natural logarithm.</summary>
    public static Term Logarithm(Term term) => new OperationTerm(TermOperation.Logarithm, [term]);

    /// <param name="filled">Numbers in the place of symbols.</param>
    /// <param name="strength">How strongly what stands around binds: 0 nothing, 1 sum, 2 product, 3 power.</param>
    internal abstract string Written(bool filled, int strength);
}

/// <summary>A cell of a grid of the page.</summary>
/// <param name="Grid">Key of the grid.</param>
/// <param name="Cell">Place of the cell, planar.</param>
public sealed record CellReference(string Grid, int Cell);

/// <summary>A number of a formula.</summary>
/// <param name="Number">The number.</param>
/// <param name="Cell">The cell of a grid that it is.</param>
public sealed record NumberTerm(double Number, CellReference? Cell = null) : Term
{
    /// <inheritdoc/>
    public override double Value => Number;

    internal override string Written(bool filled, int strength) =>
        Number < 0 && strength > 0 ? $"({NumberText.Of(Number)})" : NumberText.Of(Number);
}

/// <summary>A symbol of a formula.</summary>
/// <param name="Name">How it is written; what follows an underline stands lower.</param>
/// <param name="Number">What it stands for.</param>
/// <param name="Cell">The cell of a grid that it is.</param>
public sealed record SymbolTerm(string Name, double Number, CellReference? Cell = null) : Term
{
    /// <inheritdoc/>
    public override double Value => Number;

    internal override string Written(bool filled, int strength) => filled ? new NumberTerm(Number).Written(filled, strength) : Name;
}

/// <summary>What an <see cref="OperationTerm"/> does with its arguments.</summary>
public enum TermOperation
{
    /// <summary>Adds all.</summary>
    Sum,

    /// <summary>The first less the second.</summary>
    Difference,

    /// <summary>Multiplies all.</summary>
    Product,

    /// <summary>The first by the second, written as a fraction.</summary>
    Quotient,

    /// <summary>What is left of the first divided by the second.</summary>
    Remainder,

    /// <summary>The largest.</summary>
    Largest,

    /// <summary>Rounded down.</summary>
    Floor,

    /// <summary>Rounded up.</summary>
    Ceiling,

    /// <summary>The first to the second.</summary>
    Power,

    /// <summary>Square root.</summary>
    Root,

    /// <summary>e to the argument.</summary>
    Exponential,

    /// <summary>Natural logarithm.</summary>
    Logarithm,

    /// <summary>Cosine of an angle in radians.</summary>
    Cosine,
}

/// <summary>An operation of a formula.</summary>
/// <param name="Operation">Which.</param>
/// <param name="Arguments">What it is done with.</param>
public sealed record OperationTerm(TermOperation Operation, IReadOnlyList<Term> Arguments) : Term
{
    /// <inheritdoc/>
    public override double Value => Operation switch
    {
        TermOperation.Sum => Arguments.Sum(term => term.Value),
        TermOperation.Difference => Arguments[0].Value - Arguments[1].Value,
        TermOperation.Product => Arguments.Aggregate(1.0, (product, term) => product * term.Value),
        TermOperation.Quotient => Arguments[0].Value / Arguments[1].Value,
        TermOperation.Remainder => Arguments[0].Value - (Math.Floor(Arguments[0].Value / Arguments[1].Value) * Arguments[1].Value),
        TermOperation.Largest => Arguments.Max(term => term.Value),
        TermOperation.Floor => Math.Floor(Arguments[0].Value),
        TermOperation.Ceiling => Math.Ceiling(Arguments[0].Value),
        TermOperation.Power => Math.Pow(Arguments[0].Value, Arguments[1].Value),
        TermOperation.Root => Math.Sqrt(Arguments[0].Value),
        TermOperation.Exponential => Math.Exp(Arguments[0].Value),
        TermOperation.Cosine => Math.Cos(Arguments[0].Value),
        _ => Math.Log(Arguments[0].Value),
    };

    internal override string Written(bool filled, int strength)
    {
        var (text, own) = Operation switch
        {
            TermOperation.Sum => (Join(" + ", 1, filled), 1),
            TermOperation.Difference => ($"{Arguments[0].Written(filled, 1)} - {Arguments[1].Written(filled, 2)}", 1),
            TermOperation.Product => (Join(" * ", 2, filled), 2),
            TermOperation.Quotient => ($"{Arguments[0].Written(filled, 2)} / {Arguments[1].Written(filled, 3)}", 2),
            TermOperation.Remainder => ($"{Arguments[0].Written(filled, 2)} mod {Arguments[1].Written(filled, 3)}", 2),
            TermOperation.Power => ($"{Arguments[0].Written(filled, 3)}^{Arguments[1].Written(filled, 3)}", 3),
            TermOperation.Largest => ($"max({Join(", ", 0, filled)})", 4),
            TermOperation.Floor => ($"floor({Join("", 0, filled)})", 4),
            TermOperation.Ceiling => ($"ceil({Join("", 0, filled)})", 4),
            TermOperation.Root => ($"sqrt({Join("", 0, filled)})", 4),
            TermOperation.Exponential => ($"exp({Join("", 0, filled)})", 4),
            TermOperation.Cosine => ($"cos({Join("", 0, filled)})", 4),
            _ => ($"ln({Join("", 0, filled)})", 4),
        };
        return own < strength || (own == strength && own == 3) ? $"({text})" : text;
    }

    private string Join(string sign, int strength, bool filled) =>
        string.Join(sign, Arguments.Select(term => term.Written(filled, strength)));
}

/// <summary>How lessons write numbers, wherever they are drawn.</summary>
public static class NumberText
{
    /// <summary>A number with up to four decimals, in groups of thousands; very large and very small ones with an exponent.</summary>
    public static string Of(double value) => value switch
    {
        double.PositiveInfinity => "infinite",
        double.NegativeInfinity => "-infinite",
        0 => "0",
        _ when double.IsNaN(value) => "undefined",
        _ when Math.Abs(value) is < 1e-3 or >= 1e15 => value.ToString("0.###e+0", CultureInfo.InvariantCulture),
        _ => value.ToString("#,0.####", CultureInfo.InvariantCulture),
    };
}
