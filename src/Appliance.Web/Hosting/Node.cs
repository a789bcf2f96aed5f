using System.Text.Json;
using Appliance.Data;
using Appliance.Data.Accounts;
using Appliance.Data.Audit;
using Appliance.Data.Certificates;
using Appliance.Data.Migrations;
using Appliance.Data.Notices;
using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy;
using Appliance.Proxy.Config;
using Appliance.Proxy.Snapshots;
using Appliance.Web.Control;
using Appliance.Web.Editing;
using Appliance.Web.Startup;
using Appliance.Web.TlsPolicies;
using Microsoft.Data.Sqlite;

namespace Appliance.Web.Hosting;

/// <summary>The data folder, the store and the editor of one node: what the server and an offline command share.</summary>
public sealed class Node : IDisposable
{
    private const int Busy = 5; // SQLITE_BUSY
    private const int Locked = 6; // SQLITE_LOCKED
    private const int Protocol = 15; // SQLITE_PROTOCOL: the locks of the log's index cannot be had
    private const int Corrupt = 11; // SQLITE_CORRUPT
    private const int Full = 13; // SQLITE_FULL
    private const int NoDatabase = 26; // SQLITE_NOTADB
    private readonly LateStart _late;
    private readonly ApplianceOptions _options;
    private readonly ConfigValidator _validator;
    private string? _setAsideNotice; // why the copy of what ran last was set aside at this start; null: it was not

    private Node(DataFolder folder, DatabaseFile file, LateStart late, ContextFactory contexts, ApplianceOptions options)
    {
        File = file;
        _late = late;
        LastGood = new(folder.LastGood);
        var (time, masterKey) = (TimeProvider.System, MasterKey.Read(options.KeyFile ?? folder.In("master.key")));
        Folder = folder;
        Store = new(contexts, time);
        Accounts = new(contexts, time, Changes);
        People = new(contexts, time, Changes);
        Sessions = new(contexts, options.Sessions, time, Changes);
        Tokens = new(contexts, time, Changes);
        Audit = new(contexts, time);
        Certificates = new(contexts, masterKey, time);
        Notices = new(contexts, masterKey, time);
        _validator = new(new(options.DeniedUpstreams));
        _options = options;
    }

    /// <summary>The data folder, locked by this process.</summary>
    public DataFolder Folder { get; }

    /// <summary>The database's file, watched.</summary>
    public DatabaseFile File { get; }

    /// <summary>What ran last, beside the database.</summary>
    public LastGoodFile LastGood { get; }

    /// <summary>The store of revisions.</summary>
    public ConfigStore Store { get; }

    /// <summary>How people come in.</summary>
    public AccountStore Accounts { get; }

    /// <summary>Who may use the console.</summary>
    public PeopleStore People { get; }

    /// <summary>Where they are signed in.</summary>
    public SessionStore Sessions { get; }

    /// <summary>The tokens by which programs use the API.</summary>
    public ApiTokenStore Tokens { get; }

    /// <summary>Hears of every change of people and sessions.</summary>
    public RightsChanges Changes { get; } = new();

    /// <summary>The store of the audit.</summary>
    public AuditStore Audit { get; }

    /// <summary>The certificates that the product holds.</summary>
    public CertificateStore Certificates { get; }

    /// <summary>What people were told of, and by which channels.</summary>
    public NoticeStores Notices { get; }

    /// <summary>The door to the config. <paramref name="proxy"/> is null where none runs.</summary>
    public ConfigEditor EditorBeside(ProxyHost? proxy) =>
        new(Store, _validator, Audit, proxy is null ? ProxyKnowledge.None : KnowledgeOf(proxy));

    /// <summary>The ways back from a lost database. <paramref name="proxy"/> is null where none runs.</summary>
    public RestoreApi Restore(ConfigEditor editor, ProxyHost? proxy) =>
        new(editor, proxy)
        {
            Folder = Folder,
            File = File,
            LastGood = LastGood,
            Store = Store,
            Audit = Audit,
        };

    /// <summary>Locks the folder, and migrates. Throws <see cref="DataFolderException"/> or <see cref="StartException"/>.</summary>
    public static Task<Node> OpenAsync(ApplianceOptions options, CancellationToken cancellationToken) =>
        OpenAsync(DataFolder.Open(options.Data), options, isServer: false, cancellationToken);

    /// <summary>The same for a command, for which a server that starts meanwhile waits.</summary>
    public static Task<Node> OpenForCommandAsync(ApplianceOptions options, CancellationToken cancellationToken) =>
        OpenAsync(DataFolder.Open(options.Data, isCommand: true), options, isServer: false, cancellationToken);

    /// <summary>The same for a server: it waits for a command that holds the folder, and says so.</summary>
    public static async Task<Node> OpenForServerAsync(ApplianceOptions options, TextWriter output, CancellationToken cancellationToken) =>
        await OpenAsync(
            await DataFolder.OpenPatientlyAsync(options.Data, output.WriteLineAsync, TimeProvider.System, cancellationToken),
            options,
            isServer: true,
            cancellationToken
        );

    /// <summary>What of the database or of its copy was lost before this start, each as sentences.</summary>
    public IEnumerable<string> LossNotices()
    {
        if (Store.Loss is { } loss)
            yield return loss.Sentence;

        // A database without a revision may be new because another one was deleted.
        if ((Store.Loss is not null || Store.KnownHead is null or { Number: 0 }) && File.KeptBefore() is { } kept)
            yield return kept;
        if (_setAsideNotice is { } notice)
            yield return notice;
    }

    private ProxyKnowledge KnowledgeOf(ProxyHost proxy)
    {
        // Without a port for https and with a proxy in front, https is that proxy's.
        var isOurs = _options.HttpsPort is not null || _options.TrustedProxies.IsEmpty;
        return new()
        {
            CertificateNames = name => proxy.Certificates.Find(name)?.Names,
            Warnings = config => isOurs ? HttpsWarnings.Of(config, FaultOf) : [],
        };

        string? FaultOf(string host) =>
            _options.HttpsPort is null
                ? "is not served by https here: APPLIANCE_HTTPS_PORT is off"
                : HttpsWarnings.Fault(proxy.Certificates.Choice, host, TimeProvider.System.GetUtcNow());
    }

    private static async Task<Node> OpenAsync(
        DataFolder folder,
        ApplianceOptions options,
        bool isServer,
        CancellationToken cancellationToken
    )
    {
        try
        {
            MasterKey.Ensure(options.KeyFile ?? folder.In("master.key"));
            var lastGood = new LastGoodFile(folder.LastGood);
            var file = DatabaseFile.At(folder.Database);
            var late = new LateStart(
                folder.Path,
                async cancelled =>
                {
                    await MigrateAsync(folder, lastGood, cancelled);
                    file.TakeHold();
                },
                TimeProvider.System
            );
            var node = new Node(folder, file, late, new ContextFactory(folder.Database, file, late), options);
            try
            {
                await late.DemandAsync(cancellationToken);
            }
            catch (SqliteException full) when (full.SqliteErrorCode is Full)
            {
                // Going on is right: what ran last serves, the console says why nothing is saved, and who finds room prepares the database.
                if (await lastGood.ReadAsync(cancellationToken) is null)
                    throw;
            }

            // Also of a file that is no database: what comes in its place is compared with what ran last.
            node._setAsideNotice = await LossCheck.RunAsync(node.Store, node.LastGood, isServer, cancellationToken);
            return node;
        }
        catch (SqliteException full) when (full.SqliteErrorCode is Full)
        {
            folder.Dispose();
            var what = $"The disk of the data folder {folder.Path} is full, and nothing is there that could be served.";
            throw new StartException($"{what} {DiskRoom.Advice}") { IsFull = true };
        }
        catch (SqliteException locked) when (locked.SqliteErrorCode is Busy or Locked or Protocol)
        {
            folder.Dispose();
            throw new StartException(
                $"The database in {folder.Path} is locked: another program has it open. End that program, then try again."
            )
            {
                IsBusy = true,
            };
        }
        catch (JsonException unreadable)
        {
            folder.Dispose();
            throw new StartException(
                $"The newest revision in {folder.Path} cannot be read ({unreadable.Message.TrimEnd('.')}): a newer version of Appliance "
                    + "wrote it, or it is damaged. Run that version, or restore a backup."
            );
        }
        catch (Exception exception) when (exception is SqliteException or UnauthorizedAccessException or IOException)
        {
            folder.Dispose();
            throw new StartException(
                $"The database in {folder.Path} cannot be used ({exception.Message.TrimEnd('.')}); give this user access, or restore "
                    + "a backup."
            );
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    // A damaged file, or no database: with what ran last the proxy serves all the same, and the console says why nothing can be saved.
    private static async Task MigrateAsync(DataFolder folder, LastGoodFile lastGood, CancellationToken cancellationToken)
    {
        try
        {
            await new DatabaseMigrator(folder, new ContextFactory(folder.Database)).MigrateAsync(cancellationToken);
        }
        catch (SqliteException broken) when (broken.SqliteErrorCode is Corrupt or NoDatabase)
        {
            if (await lastGood.ReadAsync(cancellationToken) is null)
                throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        File.Dispose();
        _late.Dispose();
        Certificates.Dispose();
        Store.Dispose();
        Folder.Dispose();
    }
}
