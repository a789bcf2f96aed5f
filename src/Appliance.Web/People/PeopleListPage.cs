using Appliance.Data;
using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Web.Live;
using Appliance.Web.SignIn;
using Appliance.Web.SignIn.Oidc;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;

namespace Appliance.Web.People;

/// <summary>
/// Everybody with an account, and how many sessions they have. The list is read again immediately after a change in this process, and every
/// ten seconds for changes by other processes.
/// </summary>
public abstract class PeopleListPage : ListPage
{
    private static readonly TimeSpan _readEvery = TimeSpan.FromSeconds(10);

    private Dictionary<long, int> _sessions = [];
    private DateTime _readAt;
    private bool _reading;
    private bool _again;

    /// <summary>All accounts, sorted by name.</summary>
    protected IReadOnlyList<Account> All { get; private set; } = [];

    /// <summary>Those that are found, sorted.</summary>
    protected IReadOnlyList<Account> Rows { get; private set; } = [];

    /// <summary>Whose page this is.</summary>
    protected long? Own { get; private set; }

    /// <summary>Why the list cannot be read, or null.</summary>
    protected string? Fault { get; private set; }

    /// <summary>What times are relative to.</summary>
    protected DateTime Now => View.At.UtcDateTime;

    /// <summary>The providers in the settings.</summary>
    [Inject]
    protected OidcProviders Providers { get; set; } = null!; // injected

    [Inject]
    private PeopleStore People { get; set; } = null!; // injected

    [Inject]
    private SessionStore Sessions { get; set; } = null!; // injected

    [Inject]
    private CurrentActor Current { get; set; } = null!; // injected

    [Inject]
    private LiveSessions Live { get; set; } = null!; // injected

    [Inject]
    private AuthenticationStateProvider Authentication { get; set; } = null!; // injected

    /// <summary>In how many browsers somebody is signed in.</summary>
    protected int SessionsOf(Account person) => _sessions.GetValueOrDefault(person.Id);

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        Own = Session.AccountOf((await Authentication.GetAuthenticationStateAsync()).User);
        Live.Changed += ReadAgain;
        await ReadAsync();
    }

    /// <inheritdoc/>
    protected override void OnView()
    {
        if (Now - _readAt > _readEvery)
            ReadAgain();
    }

    /// <inheritdoc/>
    protected override void Arrange()
    {
        var found = All.Where(person => Words.All(word => Has(person, word)));
        found = Column switch
        {
            "role" => found.OrderByDescending(person => person.Role),
            "seen" => found.OrderByDescending(person => person.LastSignInUtc ?? DateTime.MinValue),
            "sessions" => found.OrderByDescending(SessionsOf),
            _ => found,
        };
        Rows = [.. Down ? found.Reverse() : found];
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Live.Changed -= ReadAgain;
        base.Dispose(disposing);
    }

    private bool Has(Account person, string word) =>
        person.Name.Contains(word, StringComparison.OrdinalIgnoreCase)
        || person.Role.ToString().Contains(word, StringComparison.OrdinalIgnoreCase)
        || person.Scope.Contains(word, StringComparison.OrdinalIgnoreCase)
        || PersonWords.SignsIn(person, Providers).Contains(word, StringComparison.OrdinalIgnoreCase);

    private void ReadAgain() =>
        _ = InvokeAsync(async () =>
        {
            await ReadAsync();
            StateHasChanged();
        });

    private async Task ReadAsync()
    {
        _again = _reading;
        if (_reading)
            return;
        _reading = true;
        try
        {
            var actor = await Current.WhoAsync();
            All = await People.ListAsync(actor, CancellationToken.None);
            _sessions = (await Sessions.ListAsync(null, actor, CancellationToken.None))
                .GroupBy(session => session.AccountId)
                .ToDictionary(group => group.Key, group => group.Count());
            Fault = null;
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            // Going on is right: what was read before is still worth looking at, and it is tried again.
            Fault = $"{StoreFaults.ReadingSentenceOf(exception)} What you see may be old.";
        }
        catch (NotAllowedException refused)
        {
            (All, _sessions, Fault) = ([], [], refused.Message);
        }
        finally
        {
            (_reading, _readAt) = (false, Feed.Current.At.UtcDateTime);
        }

        Arrange();

        // It changed while it was read.
        if (_again)
            await ReadAsync();
    }
}
