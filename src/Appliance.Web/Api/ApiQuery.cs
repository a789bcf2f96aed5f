using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Appliance.Web.Api;

/// <summary>
/// The parameters of an address. One that is not known is refused: a misspelt <c>dry_run</c> would otherwise store what somebody only
/// wanted to try.
/// </summary>
internal sealed class ApiQuery
{
    private readonly IQueryCollection _values;

    private ApiQuery(IQueryCollection values) => _values = values;

    /// <summary>True: nothing is stored.</summary>
    public bool IsDryRun { get; private set; }

    /// <summary>The revision's comment; empty: none was given.</summary>
    public string Comment => Text("comment") ?? "";

    /// <summary>Reads the parameters, of which these are known.</summary>
    public static bool TryRead(
        HttpRequest request,
        IReadOnlyCollection<string> known,
        [NotNullWhen(true)] out ApiQuery? query,
        [NotNullWhen(false)] out ApiProblem? problem
    )
    {
        query = new(request.Query);
        problem = null;
        foreach (var (name, values) in request.Query)
        {
            if (!known.Contains(name))
                problem = Bad($"There is no parameter \"{name}\" here; known are {string.Join(", ", known)}.");
            else if (values.Count != 1)
                problem = Bad($"The parameter \"{name}\" is given more than once.");
        }

        if (query.TryFlag("dry_run") is { } dry)
            query.IsDryRun = dry;
        else
            problem = Bad("\"dry_run\" is true or false.");
        if (problem is not null)
            query = null;
        return problem is null;
    }

    /// <summary>The text of a parameter, or null.</summary>
    public string? Text(string name) => _values.TryGetValue(name, out var values) ? values[0] : null;

    /// <summary>True or false, false when it is not there; null when it is neither.</summary>
    public bool? TryFlag(string name) =>
        Text(name) switch
        {
            null or "false" => false,
            "true" => true,
            _ => null,
        };

    /// <summary>A number within the limits, <paramref name="otherwise"/> when it is not there; null when it is no such number.</summary>
    public int? TryNumber(string name, int least, int most, int otherwise) =>
        Text(name) is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : null;

    /// <summary>A parameter that cannot be read.</summary>
    public static ApiProblem Bad(string sentence) => new(StatusCodes.Status400BadRequest, "bad_parameter", sentence);
}
