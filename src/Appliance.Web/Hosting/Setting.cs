namespace Appliance.Web.Hosting;

/// <summary>One setting: a variable of the environment, read once at the start.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Default">What counts when it is not set or empty.</param>
/// <param name="Accepts">What it takes, as it stands in messages.</param>
/// <param name="Apply">The options with this setting read from a text; null when the text cannot be read.</param>
internal sealed record Setting(string Name, string Default, string Accepts, Func<ApplianceOptions, string, ApplianceOptions?> Apply)
{
    /// <summary>True when a message must not repeat its value. Default false.</summary>
    public bool IsSecret { get; init; }

    /// <summary>
    /// It takes an address of the web: of one that cannot be used, user, password and query are not repeated. Default false.
    /// </summary>
    public bool IsUrl { get; init; }

    /// <summary>Why a text cannot be read, as a sentence behind the message; null or empty: the message says all. Default null.</summary>
    public Func<string, string?>? Fault { get; init; }

    /// <summary>A setting that <paramref name="parse"/> reads and <paramref name="apply"/> puts in its place.</summary>
    public static Setting Of<T>(
        string name,
        string standard,
        string accepts,
        Func<string, (bool Ok, T Value)> parse,
        Func<ApplianceOptions, T, ApplianceOptions> apply
    ) => new(name, standard, accepts, (options, text) => parse(text) is (true, var value) ? apply(options, value) : null);
}
