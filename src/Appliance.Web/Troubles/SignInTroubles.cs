using Appliance.Data.Notices;
using Appliance.Web.Controls;
using Appliance.Web.Live;
using Appliance.Web.SignIn;

namespace Appliance.Web.Troubles;

/// <summary>People and addresses that wait at the sign-in after too many wrong guesses.</summary>
internal sealed class SignInTroubles(LockedOut locked) : ITroubleSource
{
    /// <inheritdoc/>
    public IReadOnlyList<TroubleKind> Kinds { get; } = [TroubleKind.SignIn];

    /// <inheritdoc/>
    public IEnumerable<Trouble> Of(ConsoleView view, IReadOnlySet<string> open)
    {
        var waiting = locked.List(view.At);
        foreach (
            var person in waiting
                .Where(wait => wait.Name.Length > 0)
                .GroupBy(wait => wait.Name)
                .Select(same => same.LastOrDefault(wait => wait.IsEverybody) ?? same.Last())
        )
            yield return new()
            {
                Id = $"sign-in/name/{person.Name}",
                Kind = TroubleKind.SignIn,
                Severity = NoticeSeverity.Warning,
                Sentence =
                    $"Too many wrong passwords for {person.Name}: "
                    + (person.IsEverybody ? "every device on which they have not signed in before has" : $"{person.From} has")
                    + $" to wait {Shown.Duration(person.For)}.",
                Path = "/audit?search=sign_in.name_waits",
                Since = person.Since,
            };

        // Addresses cost a guesser nothing: they are one trouble, however many they are.
        var addresses = waiting.Where(wait => wait.Name.Length == 0).ToList();
        if (addresses.Count > 0)
            yield return new()
            {
                Id = "sign-in/addresses",
                Kind = TroubleKind.SignIn,
                Severity = NoticeSeverity.Warning,
                Sentence =
                    $"Too many wrong guesses at the sign-in: {Shown.Some(addresses.Count, "address waits", "addresses wait")}, the last is "
                    + $"{addresses[^1].From}.",
                Path = "/audit?search=sign_in.address_waits",
                Since = addresses.Min(wait => wait.Since),
            };
    }
}
