using System.Numerics;
using System.Text.Json;

namespace FeatureMap.Descriptions;

/// <summary>
/// One value of an immutable owner that can be read and changed by name: what it is called, what it means, its type and range, its text and
/// its JSON. A list of settings is the document of its owner.
/// </summary>
/// <typeparam name="T">The owner, such as the options of a training.</typeparam>
public sealed class Setting<T> where T : class
{
    private const string CustomPrefix = "custom: ";
    private readonly ValueKind kind;
    private readonly Func<T, object?> read;
    private readonly Func<T, object, T> write;

    /// <summary>Describes a value.</summary>
    /// <param name="name">The key, such as <c>batch-size</c>.</param>
    /// <param name="meaning">What it does, in one line.</param>
    /// <param name="kind">Type and range.</param>
    /// <param name="read">The value of an owner.</param>
    /// <param name="write">An owner with another value.</param>
    public Setting(string name, string meaning, ValueKind kind, Func<T, object?> read, Func<T, object, T> write) =>
        (Name, Meaning, this.kind, this.read, this.write) = (name, meaning, kind, read, write);

    /// <summary>The key.</summary>
    public string Name { get; }

    /// <summary>What it does, in one line.</summary>
    public string Meaning { get; }

    /// <summary>Type and range in words, such as <c>a whole number from 1 to 1,000,000</c>.</summary>
    public string Range => kind.Text;

    /// <summary>The words that the value is one of, for a list to choose from; empty where it is something else.</summary>
    public IReadOnlyList<string> Words => kind.Words;

    /// <summary>Whether what comes out depends on it. Settings of which nothing depends may change when a run is resumed.</summary>
    public bool ChangesResult { get; init; } = true;

    /// <summary>When the setting has an effect, such as <c>optimizer=sgd</c>; null for always.</summary>
    public string? Needs { get; init; }

    /// <summary>
    /// Whether it is a number of another setting, such as the momentum of the optimizer: a short way to change it, which the document does
    /// not need.
    /// </summary>
    public bool IsPart { get; init; }

    /// <summary>Whether the setting has an effect on this owner.</summary>
    public Func<T, bool> HasEffect { get; init; } = _ => true;

    /// <summary>
    /// What stands here that only code can describe, such as the name of a class of the user's own; null where the text says all.
    /// </summary>
    public Func<T, string?> OnlyInCode { get; init; } = _ => null;

    /// <summary>Type and range for an owner with words of its own; null where they are those of all.</summary>
    internal Func<T, ValueKind?> KindOfOwner { get; init; } = _ => null;

    /// <summary>What stands here in words of the owner's own; null where those of the library say it.</summary>
    internal Func<T, string?> InOwnWords { get; init; } = _ => null;

    /// <summary>A whole number.</summary>
    public static Setting<T> Whole<TNumber>(
        string name, string meaning, Func<T, TNumber> read, Func<T, TNumber, T> write, TNumber least, TNumber most)
        where TNumber : struct, IBinaryInteger<TNumber> => new(
            name, meaning, ValueKind.Whole(Int128.CreateChecked(least), Int128.CreateChecked(most)),
                owner => Int128.CreateChecked(read(owner)),
            (owner, value) => write(owner, TNumber.CreateChecked((Int128)value)));

    /// <summary>A number.</summary>
    public static Setting<T> Real(string name, string meaning, Func<T, double> read, Func<T, double, T> write, ValueKind kind) =>
        new(name, meaning, kind, owner => read(owner), (owner, value) => write(owner, (double)value));

    /// <summary>Yes or no.</summary>
    public static Setting<T> Flag(string name, string meaning, Func<T, bool> read, Func<T, bool, T> write) =>
        new(name, meaning, ValueKind.Flag, owner => read(owner), (owner, value) => write(owner, (bool)value));

    /// <summary>A text; the kind says which.</summary>
    public static Setting<T> Text(string name, string meaning, ValueKind kind, Func<T, string> read, Func<T, string, T> write) =>
        new(name, meaning, kind, read, (owner, value) => write(owner, (string)value));

    /// <summary>A value of an enumeration, each under a word.</summary>
    /// <param name="name">The key.</param>
    /// <param name="meaning">What it does, in one line.</param>
    /// <param name="read">The value of an owner.</param>
    /// <param name="write">An owner with another value.</param>
    /// <param name="words">The words, in the order of the values.</param>
    public static Setting<T> Choice<TEnum>(string name, string meaning, Func<T, TEnum> read, Func<T, TEnum, T> write, params string[] words)
        where TEnum : struct, Enum => new(
            name, meaning, ValueKind.Choice(words), owner => words[Array.IndexOf(Enum.GetValues<TEnum>(), read(owner))],
            (owner, value) => write(owner, Enum.GetValues<TEnum>()[Array.IndexOf(words, (string)value)]));

    /// <summary>The setting of this name.</summary>
    /// <exception cref="UsageException">There is none; the nearest is suggested.</exception>
    public static Setting<T> Get(IReadOnlyList<Setting<T>> all, string name)
    {
        ArgumentNullException.ThrowIfNull(all);
        return all.FirstOrDefault(setting => string.Equals(setting.Name, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new UsageException(
            $"There is no setting '{ValueKind.Shortened(name)}'.{NearestName.Suggest(name, all.Select(setting => setting.Name))}");
    }

    /// <summary>An owner with several settings changed: whole ones first, then the numbers in them, each in the order given.</summary>
    /// <param name="owner">What is changed.</param>
    /// <param name="all">The settings that there are.</param>
    /// <param name="assignments">Names and values as text.</param>
    /// <exception cref="UsageException">There is no such setting, or a value is not of its type or range.</exception>
    public static T Apply(T owner, IReadOnlyList<Setting<T>> all, IEnumerable<(string Key, string Value)> assignments) =>
        assignments.Select(given => (Setting: Get(all, given.Key), given.Value)).OrderBy(given => given.Setting.IsPart)
            .Aggregate(owner, (changed, given) => given.Setting.Apply(changed, given.Value));

    /// <summary>The value as text, the way <see cref="Apply(T, string)"/> reads it; empty where the setting has no effect.</summary>
    public string Format(T owner) => read(owner) is { } value ? kind.Format(value) : "";

    /// <summary>The owner with this setting changed.</summary>
    /// <exception cref="UsageException">The text is not a value of the type and range.</exception>
    public T Apply(T owner, string value) =>
        write(owner, (KindOfOwner(owner) ?? kind).Read($"The setting {Name}", value));

    /// <summary>Checks that a number is in its range; a number of another setting is checked where that is made.</summary>
    /// <exception cref="UsageException">It is not.</exception>
    internal void CheckNumber(T owner, string what)
    {
        if (!IsPart && kind.IsNumber && read(owner) is { } value && kind.Parse(kind.Format(value)) is null)
            throw new UsageException($"The {what} {Name} is {Range}: received {kind.Format(value)}. {Meaning}.");
    }

    /// <summary>Whether both have the same value here.</summary>
    public bool IsSame(T first, T second) => Equals(read(first), read(second));

    /// <summary>Writes the value as JSON: a number, true or false, or a text; null where the setting has no effect.</summary>
    public void Write(Utf8JsonWriter json, T owner)
    {
        ArgumentNullException.ThrowIfNull(json);
        if ((InOwnWords(owner) ?? OnlyInCode(owner)) is { } what) json.WriteString(Name, CustomPrefix + what);
        else if (read(owner) is { } value) kind.Write(json, Name, value);
        else json.WriteNull(Name);
    }

    /// <summary>The owner with the value of a file; null when that is of another kind or out of range.</summary>
    public T? Read(T owner, JsonElement json) => kind.Read(json) is { } value ? write(owner, value) : null;

    /// <summary>
    /// The owner with what a file says to be describable in code alone, where it is in words of the owner's own; null where not.
    /// </summary>
    public T? ReadOwn(T owner, string what) =>
        KindOfOwner(owner)?.Parse(what) is { } value && write(owner, value) is var read && InOwnWords(read) is not null ? read : null;

    /// <summary>What a file says to be describable in code alone; null where it has a value.</summary>
    public static string? CustomIn(JsonElement json) =>
        json.ValueKind == JsonValueKind.String && json.GetString()! is var text && text.StartsWith(CustomPrefix, StringComparison.Ordinal)
            ? text[CustomPrefix.Length..] : null;

    /// <summary>The same setting of something that holds the owner.</summary>
    public Setting<TOuter> Within<TOuter>(Func<TOuter, T> inner, Func<TOuter, T, TOuter> with) where TOuter : class =>
        new(Name, Meaning, kind, owner => read(inner(owner)), (owner, value) => with(owner, write(inner(owner), value)))
        {
            ChangesResult = ChangesResult,
            Needs = Needs,
            IsPart = IsPart,
            HasEffect = owner => HasEffect(inner(owner)),
            OnlyInCode = owner => OnlyInCode(inner(owner)),
            KindOfOwner = owner => KindOfOwner(inner(owner)),
            InOwnWords = owner => InOwnWords(inner(owner)),
        };

    /// <summary>The same setting, which has an effect only now and then.</summary>
    /// <param name="what">When, such as <c>optimizer=sgd</c>.</param>
    /// <param name="hasEffect">Whether it has one on an owner.</param>
    public Setting<T> Needing(string what, Func<T, bool> hasEffect) => new(Name, Meaning, kind, read, write)
    {
        ChangesResult = ChangesResult,
        IsPart = IsPart,
        OnlyInCode = OnlyInCode,
        Needs = what,
        HasEffect = hasEffect,
    };

    /// <summary>The same setting, on which nothing depends that comes out.</summary>
    internal Setting<T> WithoutResult() => new(Name, Meaning, kind, read, write) { ChangesResult = false };

    /// <summary>The same setting, where what only code can describe has a name of its own.</summary>
    internal Setting<T> Named(Func<T, string?> name) => new(Name, Meaning, kind, read, write)
    {
        OnlyInCode = owner => OnlyInCode(owner) is { } type ? name(owner) ?? type : null,
        KindOfOwner = KindOfOwner,
        InOwnWords = InOwnWords,
    };

    internal ValueKind Kind => kind;

    internal object? Value(T owner) => read(owner);

    internal T With(T owner, object value) => write(owner, value);
}
