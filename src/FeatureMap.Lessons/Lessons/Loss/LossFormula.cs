using System.Globalization;
using FeatureMap.Networks;

namespace FeatureMap.Lessons;

/// <summary>
/// A loss as a learner writes it: a formula of p (softmax of the logits), q (the target) and x (the logits), number by number for each
/// class. It becomes layers that the engine differentiates, C#, and a value in double precision.
/// </summary>
internal sealed class LossFormula
{
    private const int Longest = 120, Deepest = 16;

    private static readonly Dictionary<string, string> Known = new()
    {
        ["focal"] = "-sum(q * log(p) * (1 - p)^2)",
        ["squared"] = "sum((p - q)^2)",
        ["confidence"] = "-sum(q * log(p)) + 0.1 * sum(p * log(p))",
    };

    private readonly Node root;

    private LossFormula(Node root) => this.root = root;

    /// <summary>The usual form.</summary>
    public string Text => root.Written(0);

    /// <summary>The same as C#, of <c>output</c> and <c>target</c>.</summary>
    public string Code => root.IsVector ? $"({root.Code}).Sum()" : root.Code;

    /// <summary>Reads a formula, or one of the words focal, squared, confidence.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static LossFormula Parse(string text)
    {
        var reader = new Reader(Known.GetValueOrDefault(text.Trim().ToLowerInvariant(), text));
        if (text.Length > Longest) throw new UsageException($"A formula has at most {Longest} letters: received {text.Length}.");
        var root = reader.Sum(0);
        if (!reader.IsAtEnd) throw new UsageException($"'{text}' goes on where a formula ends.");
        return root.Names.Any(name => name is "p" or "x")
            ? new LossFormula(root)
            : throw new UsageException("A loss depends on the answer: on p or x.");
    }

    /// <summary>The loss as layers: one number.</summary>
    public Feature Build(Feature logits, Feature target)
    {
        var built = root.Build(logits, target).Feature!;
        return built.Shape.Count > 1 ? built.Sum() : built;
    }

    /// <summary>Its value in double precision.</summary>
    public double Value(double[] logits, double[] target)
    {
        var exponentials = logits.Select(x => Math.Exp(x - logits.Max())).ToArray();
        return root.Value(new Numbers([.. exponentials.Select(e => e / exponentials.Sum())], target, logits)).Sum();
    }

    private sealed record Numbers(double[] P, double[] Q, double[] X);

    // A number stays a number until it meets a layer.
    private readonly record struct Part(Feature? Feature, double Number);

    private abstract record Node
    {
        public abstract string Code { get; }

        public abstract IEnumerable<string> Names { get; }

        /// <summary>Whether it has a number for each class.</summary>
        public abstract bool IsVector { get; }

        /// <param name="strength">How strongly what stands around binds: 1 sum, 2 product, 3 sign, 4 power.</param>
        public abstract string Written(int strength);

        public abstract Part Build(Feature logits, Feature target);

        public abstract double[] Value(Numbers numbers);
    }

    private sealed record Constant(double Number) : Node
    {
        public override string Code => Number.ToString("0.0##############", CultureInfo.InvariantCulture);

        public override IEnumerable<string> Names => [];

        public override bool IsVector => false;

        public override string Written(int strength) => Number.ToString("0.###############", CultureInfo.InvariantCulture);

        public override Part Build(Feature logits, Feature target) => new(null, Number);

        public override double[] Value(Numbers numbers) => [Number];
    }

    private sealed record Named(string Name) : Node
    {
        public override string Code => Name switch { "p" => "output.Softmax()", "q" => "target", _ => "output" };

        public override IEnumerable<string> Names => [Name];

        public override bool IsVector => true;

        public override string Written(int strength) => Name;

        public override Part Build(Feature logits, Feature target) =>
            new(Name switch { "p" => logits.Softmax(), "q" => target, _ => logits }, 0);

        public override double[] Value(Numbers numbers) => Name switch { "p" => numbers.P, "q" => numbers.Q, _ => numbers.X };
    }

    private sealed record Called(string Function, Node Of) : Node
    {
        // The logarithm of a softmax is a layer of its own, which has no logarithm of 0.
        private bool IsLogOfSoftmax => this is { Function: "log", Of: Named { Name: "p" } };

        public override string Code => IsLogOfSoftmax ? "output.LogSoftmax()"
            : Function == "-" ? $"-{Bracketed(Of)}"
            : $"{Bracketed(Of)}.{char.ToUpperInvariant(Function[0])}{Function[1..]}()";

        public override IEnumerable<string> Names => Of.Names;

        public override bool IsVector => Function is not ("sum" or "mean") && Of.IsVector;

        public override string Written(int strength) => Function == "-"
            ? strength > 2 ? $"(-{Of.Written(3)})" : $"-{Of.Written(3)}"
            : $"{Function}({Of.Written(0)})";

        public override Part Build(Feature logits, Feature target)
        {
            if (IsLogOfSoftmax) return new(logits.LogSoftmax(), 0);
            var inner = Of.Build(logits, target);
            if (inner.Feature is not { } x) return new(null, One(inner.Number));
            return new(Function switch
            {
                "log" => x.Log(),
                "exp" => x.Exp(),
                "sqrt" => x.Sqrt(),
                "abs" => x.Abs(),
                "sum" => x.Sum(),
                "mean" => x.Mean(),
                _ => -x,
            }, 0);
        }

        public override double[] Value(Numbers numbers)
        {
            var inner = Of.Value(numbers);
            return Function switch { "sum" => [inner.Sum()], "mean" => [inner.Average()], _ => Array.ConvertAll(inner, One) };
        }

        private double One(double x) => Function switch
        {
            "log" => Math.Log(x),
            "exp" => Math.Exp(x),
            "sqrt" => Math.Sqrt(x),
            "abs" => Math.Abs(x),
            "-" => -x,
            _ => x,
        };
    }

    private sealed record Joined(char Sign, Node Left, Node Right) : Node
    {
        private int Strength => Sign switch { '+' or '-' => 1, '*' or '/' => 2, _ => 4 };

        public override string Code => Sign == '^'
            ? Right is Constant { Number: 2 } ? $"{Bracketed(Left)}.Square()" : $"{Bracketed(Left)}.Power({Right.Code})"
            : $"{InCode(Left, Strength - 1)} {Sign} {InCode(Right, Sign is '+' or '*' ? Strength - 1 : Strength)}";

        public override IEnumerable<string> Names => Left.Names.Concat(Right.Names);

        public override bool IsVector => Left.IsVector || Right.IsVector;

        public override string Written(int strength)
        {
            var text = Sign == '^' ? $"{Left.Written(5)}^{Right.Written(5)}"
                : $"{Left.Written(Strength - 1)} {Sign} {Right.Written(Sign is '+' or '*' ? Strength - 1 : Strength)}";
            return Strength <= strength ? $"({text})" : text;
        }

        public override Part Build(Feature logits, Feature target)
        {
            var (one, other) = (Left.Build(logits, target), Right.Build(logits, target));
            return (one.Feature, other.Feature) switch
            {
                (null, null) => new(null, Two(one.Number, other.Number)),
                ({ } x, null) => new(Sign switch
                {
                    '+' => x + other.Number,
                    '-' => x - other.Number,
                    '*' => x * other.Number,
                    '/' => x / other.Number,
                    _ => x.Power(other.Number),
                }, 0),
                (null, { } y) => new(Sign switch
                {
                    '+' => one.Number + y,
                    '-' => one.Number - y,
                    '*' => one.Number * y,
                    _ => one.Number / y,
                }, 0),
                ({ } x, { } y) => new(Sign switch { '+' => x + y, '-' => x - y, '*' => x * y, _ => x / y }, 0),
            };
        }

        public override double[] Value(Numbers numbers)
        {
            var (one, other) = (Left.Value(numbers), Right.Value(numbers));
            return [.. Enumerable.Range(0, Math.Max(one.Length, other.Length))
                .Select(i => Two(one[one.Length == 1 ? 0 : i], other[other.Length == 1 ? 0 : i]))];
        }

        private double Two(double one, double other) => Sign switch
        {
            '+' => one + other,
            '-' => one - other,
            '*' => one * other,
            '/' => one / other,
            _ => Math.Pow(one, other),
        };
    }

    private static string Bracketed(Node node) => node is Named or Called { Function: not "-" } ? node.Code : $"({node.Code})";

    private static string InCode(Node node, int strength) =>
        node is Joined { Sign: '+' or '-' } && strength >= 1 || node is Joined { Sign: '*' or '/' } && strength >= 2
            ? $"({node.Code})" : node.Code;

    /// <summary>Sums of products of powers.</summary>
    private sealed class Reader(string text)
    {
        private int at;

        public bool IsAtEnd => Next == '\0';

        private char Next
        {
            get
            {
                while (at < text.Length && text[at] == ' ')
                    at++;
                return at < text.Length ? text[at] : '\0';
            }
        }

        public Node Sum(int depth)
        {
            if (depth > Deepest) throw new UsageException($"A formula has at most {Deepest} brackets in each other.");
            var left = Product(depth);
            while (Next is '+' or '-')
                left = new Joined(text[at++], left, Product(depth));
            return left;
        }

        private Node Product(int depth)
        {
            var left = Signed(depth);
            while (Next is '*' or '/')
                left = new Joined(text[at++], left, Signed(depth));
            return left;
        }

        private Node Signed(int depth)
        {
            if (!Taken('-')) return Power(depth);
            if (depth > Deepest) throw new UsageException("A formula has too many signs in a row.");
            return new Called("-", Signed(depth + 1));
        }

        private Node Power(int depth)
        {
            var left = Atom(depth);
            return Taken('^') ? new Joined('^', left, new Constant(Number())) : left;
        }

        private Node Atom(int depth)
        {
            if (Taken('(')) return Closed(Sum(depth + 1));
            if (char.IsAsciiDigit(Next) || Next == '.') return new Constant(Number());
            var start = at;
            while (at < text.Length && char.IsAsciiLetter(text[at]))
                at++;
            var name = text[start..at].ToLowerInvariant();
            if (name is "p" or "q" or "x") return new Named(name);
            if (name is "log" or "exp" or "sqrt" or "abs" or "sum" or "mean" && Taken('(')) return new Called(name, Closed(Sum(depth + 1)));
            throw new UsageException($"A formula knows p, q, x, log, exp, sqrt, abs, sum and mean: received '{text[start..]}'.");
        }

        private Node Closed(Node inner) => Taken(')') ? inner : throw new UsageException("A bracket is not closed.");

        private double Number()
        {
            var (start, _) = (at, Next);
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.'))
                at++;
            return double.TryParse(text[start..at], NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite,
                CultureInfo.InvariantCulture, out var number) ? number : throw new UsageException("A number is missing.");
        }

        private bool Taken(char sign)
        {
            if (Next != sign) return false;
            at++;
            return true;
        }
    }
}
