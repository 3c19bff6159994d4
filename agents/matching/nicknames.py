"""Short and pet forms of first names in the languages of clients, each line one name. Compiled by hand."""

_LINES = """
albert al bert bertie
alexander alexandre alessandro alejandro alex alec sandy sasha sacha xander
alexandra alessandra alejandra alex sandra sasha sacha lexie
alfred alfredo fred alf alfie
alice alicia ali
andrew andre andrea andreas andy drew
anne anna ann hannah annie nan nancy anita nina
anthony antoine antonio anton tony toni nino toto
arthur art artie
barbara barb babs babette
benjamin ben benny benji
bernard bernardo bernie
catherine katherine kathryn katharina caterina catalina cathy kathy kate katie kitty kat katya cate
charles carlo carlos karl carl charlie charley chuck chas
charlotte carlotta lottie charlie lotte
christian cristian chris
christine christina cristina chris tina christa kristina chrissie
christopher christophe cristoforo christoph chris kit topher
constance constanza connie
daniel daniele dan danny dani
daniela danielle dani
david davide dave davy
deborah debora deb debbie
dmitry dmitri dima mitya
dorothy dorothea dot dotty dolly
edmund edmond ned eddie
edward edouard eduardo edoardo eduard ed eddie ted teddy ned
eleanor eleonore eleonora ellie nell nellie nora lenore
elizabeth elisabeth elisabetta isabel isabelle isabella liz lizzie beth betty bess eliza lisa elsie betsy
emily emilie emilia em millie
emma em
ernest ernesto ernst ernie
eugene eugenio gene
evelyn eva eve evie
florence florentia flo flossie
frances francesca francoise francisca fran fanny frannie
francis francois francesco francisco franz frank frankie franck paco pancho
frederick frederic federico friedrich fred freddie fritz
gabriel gabriele gabe
geoffrey jeffrey geoffroy geoff jeff
george georges giorgio jorge georg georgie
georgina georgette georgie gina
gerald gerard gerardo gerry jerry
gilbert gilberto gil bert
giovanni gianni nino vanni
giuseppe beppe peppe pino
grace gracie
gregory gregoire gregorio greg
guillaume guy
harold harry hal
harriet harriette hattie harry
helen helene elena nell nellie lena
henrietta henriette etta hetty
henry henri enrico enrique heinrich harry hank hal heinz
herbert bert herb
hugh hugo hughie ugo
ignatius ignacio ignazio nacho
irene irina ira
jacob jakob jake
jacques jacky
james jaime giacomo jim jimmy jamie jem
jane jeanne giovanna juana janet jenny janie
jean-pierre jp
jennifer jen jenny
jessica jess jessie
jesus chucho
joan joanna johanna giovanna jo joanie
john jean juan giovanni johann johannes ivan jan jack johnny jon hans
jonathan jon johnny jonny nathan
joseph jose giuseppe josef joe joey pepe jo sepp
josephine giuseppina josefina jo josie fifi
joshua josh
judith judy judi
julia julie giulia jules
julian julien giuliano jules
katarzyna kasia
laurence lawrence laurent lorenzo larry laurie lars
leonard leonardo len lenny leo
louis lewis luigi luis ludwig lou louie
louise luisa luise lou lulu
lucy lucie lucia lou
madeleine madeline maddalena maddie mado
margaret marguerite margherita margarita margarete maggie meg peggy madge greta daisy rita margot marge
maria marie mary mia polly molly mae mariette manon marion masha
martha marthe marta mattie patty
martin martino marty
martine tina
matilda mathilde tilly tillie maud
matthew matthieu mathieu matteo mateo matthias matt
maurice maurizio mauricio moritz morris moe
maximilian maximilien massimiliano max
michael michel michele miguel mikhail mick mickey mike misha micky
michelle michele micheline shelly
mikhail misha
monica monique
nathaniel nat nate nathan
natalia natalie natasha nat
nicholas nicolas nicola nikolai nikolaus nick nicky nico klaus colin kolya
nicole nicoletta nicky
oliver olivier ollie
olivia liv livia
pamela pam
patricia patrice patrizia pat patty tricia trish
patrick patrice patrizio pat paddy
paul paolo pablo pavel paulie
paula paola pauline
peter pierre pietro pedro pyotr pete pierrot petya
philip philippe filippo felipe phil pip
rachel rachele shelley
raymond raimondo ray
rebecca becca becky
reginald reg reggie
richard riccardo ricardo rick dick rich richie ricky dickie
robert roberto rob bob bobby robbie bert robin
roderick rodrigo rod
roger ruggero rodge
ronald rinaldo ron ronnie
rose rosa rosie rosalie
rudolf rodolphe rodolfo rudy
samuel samuele sam sammy
samantha sam
sarah sara sally sadie
sebastian sebastien sebastiano seb bastien
sergei serge sergio seryozha
simon simone
sophia sophie sofia
stephen stephane stefano esteban steven stefan steve steph
susan suzanne susanna sue susie suzy
sylvia sylvie silvia
theodore theodor teodoro ted teddy theo
theresa therese teresa terry tess tessa
thomas tommaso tomas tom tommy thom
timothy timothee tim timmy
valentina val
victor vittorio vic
victoria vittoria vicky tori
vincent vincenzo vicente vince vinnie enzo
virginia virginie ginny
vladimir volodya vova
walter gualtiero wally walt
wilhelmina mina minnie
william guillaume guglielmo guillermo wilhelm bill billy will willie liam bille
winifred winnie freddie
yekaterina ekaterina katya
zachary zach zack
"""

_NAMES: dict[str, set[int]] = {}
for _number, _line in enumerate(_LINES.split("\n")):
    for _name in _line.split():
        _NAMES.setdefault(_name, set()).add(_number)


def same_name(one: str, other: str) -> bool:
    """Whether two first names may be forms of one.

    >>> same_name("bob", "robert"), same_name("giovanni", "john"), same_name("bob", "john")
    (True, True, False)
    """
    return not _NAMES.get(one, frozenset[int]()).isdisjoint(_NAMES.get(other, frozenset[int]()))
